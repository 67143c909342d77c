// One run: a line that is always visible, and the rest once somebody opens it.

import { type Child, copyableCommand, element, hidden, type Lazy, lazyDetails, quiet, table, visibleText } from "./dom";
import { deadlockSection } from "./deadlock";
import { linksSection } from "./links";
import { loadSection } from "./load";
import { duration, inWords, isNumber } from "./numbers";
import { processesSection } from "./processes";
import type { Expectation, PackedTrace, Run, Theory } from "./results";
import { emptyIfNone, runMessages } from "./run_messages";
import { circumstances, titleOf, verdictBadge } from "./run_words";
import { storySection } from "./story";
import { timelineSection } from "./timeline";
import { waitingSection } from "./waiting";

const EXPECTATIONS_SHOWN = 25;

function expectationsTable(caption: string, expectations: Expectation[]): HTMLElement {
  return table(caption, [{ title: "expected" }, { title: "met" }, { title: "what happened" }],
    expectations.map(({ what, met, detail }) => [
      what,
      element("span", { class: met ? "met" : "unmet" },
        element("span", { "aria-hidden": "true" }, met ? "✓" : "✗"),
        hidden(met ? "yes" : "no")),
      visibleText(detail ?? "")]),
    { rowClass: (index) => (expectations[index]?.met ? null : "row-unmet") });
}

function expectationsSection(run: Run): Child {
  const expectations = run.expectations ?? [];
  if (expectations.length === 0) {
    return null;
  }
  const unmet = expectations.filter((expectation) => !expectation.met);
  const caption = unmet.length === 0 ? `All ${expectations.length} met` : `${unmet.length} of ${expectations.length} not met`;
  return element("section", {},
    element("h4", {}, "Expectations"),
    expectations.length <= EXPECTATIONS_SHOWN
      ? expectationsTable(caption, expectations)
      : [unmet.length ? expectationsTable(caption, unmet.slice(0, EXPECTATIONS_SHOWN)) : null,
         lazyDetails({}, element("summary", {}, unmet.length ? `All ${expectations.length} expectations` : caption),
           () => expectationsTable("All expectations", expectations)).node]);
}

function askedSection(run: Run, number: number): Child {
  const facts = [
    ["scenario", run.scenario],
    ["network", run.network],
    ["seed", String(run.seed)],
    ["repeat", String(run.repeat)],
    ...Object.entries(run.matrix ?? {}).map(([key, value]) => [key, inWords(value)]),
    run.tags?.length ? ["tags", run.tags.join(", ")] : null,
    isNumber(run.elapsed_ms) ? ["network time", duration(run.elapsed_ms)] : null,
    isNumber(run.wall_ms) ? ["wall time", duration(run.wall_ms)] : null,
  ].filter((fact) => fact !== null);
  return element("section", {},
    element("h4", {}, "Asked"),
    element("dl", { class: "facts-list" }, facts.map(([term, value]) =>
      element("div", {}, element("dt", {}, term), element("dd", {}, value)))),
    run.asked !== undefined
      ? lazyDetails({ class: "output" }, element("summary", {}, "The scenario as it was run"), () =>
          element("pre", { tabindex: "0", role: "group", "aria-label": "Scenario" },
            JSON.stringify(run.asked, null, 2))).node
      : null,
    run.replay
      ? element("div", {}, element("p", { class: "quiet label" }, "Replay this run"),
          copyableCommand(run.replay))
      : null,
    element("p", { class: "label self" },
      element("a", { href: `#run-${number}` }, "Link to this run")));
}

// What the report knows of a run beside its entry.
export interface RunBeside { packed: PackedTrace | undefined; theory: Theory | undefined }

function runBody(run: Run, number: number, { packed, theory }: RunBeside): HTMLElement {
  const passing = runMessages(run, packed);
  const overTime = element("div", {});
  void passing.trace.then((trace) => overTime.append(...[trace && timelineSection(trace)].filter((node) => node !== null)));
  return element("div", { class: "body" },
    storySection(run, passing.go),
    run.description ? element("p", {}, run.description) : null,
    run.verdict === "pass" && run.vacuous?.length
      ? element("p", { class: "message inconclusive" }, "Pass, but ",
          visibleText(run.vacuous.join("; ")))
      : null,
    run.known && run.verdict !== "pass" ? element("p", { class: "message" }, "Known: ", visibleText(run.known)) : null,
    ...(run.notes ?? []).map((note) =>
      element("p", { class: "message" }, "Note: ", visibleText(note))),
    deadlockSection(run, passing.trace),
    emptyIfNone(passing),
    emptyIfNone(passing) && overTime,
    expectationsSection(run),
    loadSection(run),
    waitingSection(run, theory),
    linksSection(run),
    processesSection(run),
    askedSection(run, number));
}

export function runDetails(run: Run, number: number, beside: RunBeside): Lazy {
  const time = isNumber(run.elapsed_ms) ? duration(run.elapsed_ms)
    : isNumber(run.wall_ms) ? duration(run.wall_ms) : "";
  const line = element("summary", {},
    verdictBadge(run.verdict),
    run.verdict === "pass" && run.vacuous?.length
      ? element("span", { class: "remark" }, "but …")
      : null,
    element("span", { class: "name" },
      element("h3", {}, titleOf(run)),
      quiet(run.title ? `${run.scenario} · ` : "", circumstances(run)),
      run.story ? element("p", { class: `line-story ${run.verdict}` }, visibleText(run.story.headline)) : null),
    element("span", { class: "time quiet" }, time));
  return lazyDetails({ class: "run", id: `run-${number}` }, line, () => runBody(run, number, beside));
}
