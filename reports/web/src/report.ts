// The report as a whole: the header, the list of runs, its filters and its links.

import { chartVersion, repaintCharts, resizeCharts, setChartFont } from "./charts";
import { byId, type Child, element, type Lazy } from "./dom";
import { certificateOverview, searchOverview } from "./certificate";
import { type Comparer, comparer, sourcesOf } from "./compare";
import { againstOverview, type Compare, networkComparisons } from "./comparisons";
import { theoryOverview } from "./load";
import { theoryOf } from "./ecdf";
import { matrixOverview } from "./matrix";
import { count, duration, isNumber } from "./numbers";
import type { Beside, Results, Run } from "./results";
import { runDetails } from "./run";
import { titleOf } from "./run_words";
import { runFilter, type RunFilter } from "./run_filter";
import { printMessages } from "./run_messages";
import { waitingOverview } from "./waiting";

function headingOf({ title, runs }: Results): string {
  return title ?? (runs.length === 1 && runs[0] ? titleOf(runs[0]) : "badwire run");
}

function reportHeader(results: Results): Child[] {
  const { runs } = results;
  const networks = [...new Set(runs.map((run) => run.network))].join(", ");
  const facts = [
    results.started ? element("time", { datetime: results.started },
      results.started.replace("T", " ").replace(/Z$/, " UTC")) : null,
    runs.length === 1 ? "1 run" : `${count(runs.length)} runs`,
    networks ? `network ${networks}` : null,
    isNumber(results.wall_ms) ? `took ${duration(results.wall_ms)}` : null,
    results.interrupted ? `interrupted: ${count(results.planned)} were planned` : null,
  ].filter((fact) => fact !== null);
  return [
    element("p", { class: "brand" }, "badwire", element("span", { class: "quiet" }, " report")),
    element("h1", {}, headingOf(results)),
    element("p", { class: "facts quiet" }, facts.map((fact) => element("span", {}, fact))),
  ];
}

// The failed runs first; without any, the runs that have a chart.
function runsToOpen(runs: Run[]): number[] {
  const indexes = runs.map((_, index) => index);
  if (runs.length === 1) {
    return indexes;
  }
  const troubled = indexes.filter((index) => ["fail", "error"].includes(runs[index]?.verdict ?? ""));
  const measured = indexes.filter((index) => (runs[index]?.waiting ?? []).length > 0);
  return troubled.length > 0 ? troubled.slice(0, 3) : measured.slice(0, 2);
}

function followLink(items: Lazy[], filter: RunFilter): void {
  const number = /^#run-(\d+)$/.exec(location.hash)?.[1];
  const item = items[Number(number) - 1];
  if (item) {
    if (item.node.hidden) {
      filter.showAll();
    }
    item.openNow();
    item.node.scrollIntoView();
  }
}

// Paper is white, whatever the screen's scheme.
function followMedia(): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaintCharts);
  const printing = (yes: boolean) => (): void => {
    document.documentElement.classList.toggle("printing", yes);
    if (yes) printMessages();
    resizeCharts();
    repaintCharts();
  };
  addEventListener("beforeprint", printing(true));
  addEventListener("afterprint", printing(false));
}

// What concerns several runs, before each of them.
function overviews(results: Results, beside: Beside, sides: Comparer | null): Child[] {
  const { against } = beside;
  const compare: Compare | null = sides && ((left, right) => sides.compare(left, right));
  return [
    against ? againstOverview(results, beside.name ?? "", against.results, against.name, compare) : null,
    certificateOverview(beside.certificate), searchOverview(results.search),
    theoryOverview(results.theory ?? []), networkComparisons(results, compare), matrixOverview(results.runs),
    waitingOverview(results.runs),
  ];
}

function comparerOf(results: Results, { against, name, traces }: Beside): Comparer | null {
  return comparer([...sourcesOf(results, traces ?? [], against ? name ?? "now" : ""),
    ...(against ? sourcesOf(against.results, against.traces ?? [], against.name, "before") : [])]);
}

export function showReport(results: Results, beside: Beside): void {
  const { runs } = results;
  document.title = `${headingOf(results)} · badwire report`;
  setChartFont();

  const sides = comparerOf(results, beside);
  const items = runs.map((run, index) => runDetails(run, index + 1, { packed: beside.traces?.[index], theory: theoryOf(run, results.theory ?? []) }));
  const filter = runFilter(runs, items.map((item) => item.node));
  byId("head").append(
    element("div", {}, reportHeader(results)),
    element("div", { class: "filters", role: "group", "aria-label": "Filter runs by verdict" },
      filter.buttons));
  byId("main").append(element("div", {},
    overviews(results, beside, sides),
    element("section", { "aria-labelledby": "runs" },
      element("div", { class: "runs-head" },
        element("h2", { id: "runs" }, "Runs"),
        runs.length > 8 ? filter.search : null, filter.shown),
      runs.length ? element("div", { class: "runs" }, items.map((item) => item.node))
        : element("p", { class: "quiet" }, "No scenario was run.")),
    sides?.node));
  byId("foot").append(
    `Made by badwire ${results.badwire ?? ""}`.trim(), " from results.json. Charts by Chart.js ",
    chartVersion(), ", MIT licence.");

  runsToOpen(runs).forEach((index) => items[index]?.openNow());
  followLink(items, filter);
  addEventListener("hashchange", () => followLink(items, filter));
  followMedia();
}
