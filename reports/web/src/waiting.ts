// How long each client waited: a bar per client, and the numbers.

import type { ChartConfiguration } from "chart.js";
import { chartFrame, chartSection } from "./charts";
import { type Child, element, lazyDetails, quiet, table } from "./dom";
import { ecdfChart } from "./ecdf";
import { count, duration, isNumber, mean, seconds } from "./numbers";
import type { Client, Run, Theory } from "./results";
import { circumstances } from "./run_words";

const BARS_MOST = 100;

interface Waiting {
  name: string;
  arrival: number | null;
  start: number | null;
  end: number | null;
  waiting: number | null;
  service: number | null;
  response: number | null;
}

export function waitingOf(client: Client): Waiting {
  const between = (from?: number | null, to?: number | null): number | null =>
    (isNumber(from) && isNumber(to) ? to - from : null);
  return {
    name: client.client,
    arrival: client.arrival_ms ?? null,
    start: client.start_ms ?? null,
    end: client.end_ms ?? null,
    waiting: client.waiting_ms ?? between(client.arrival_ms, client.start_ms),
    service: client.service_ms ?? between(client.start_ms, client.end_ms),
    response: client.response_ms ?? between(client.arrival_ms, client.end_ms),
  };
}

function waitingSummary(clients: Waiting[]) {
  const known = (key: "waiting" | "response"): number[] => clients.map((client) => client[key]).filter(isNumber);
  const waits = known("waiting");
  const responses = known("response");
  return {
    mean: waits.length ? mean(waits) : null,
    longest: waits.length ? waits.reduce((a, b) => Math.max(a, b)) : null,
    meanResponse: responses.length ? mean(responses) : null,
  };
}

function waitingInWords(clients: Waiting[]): string {
  const { mean: average, longest, meanResponse } = waitingSummary(clients);
  return `${clients.length === 1 ? "One client" : `${count(clients.length)} clients`}: ` +
    `mean waiting ${duration(average)}, longest ${duration(longest)}, ` +
    `mean response ${duration(meanResponse)}.`;
}

function barsOf(clients: Waiting[]): ChartConfiguration<"bar"> {
  const inSeconds = (key: "arrival" | "waiting" | "service"): number[] =>
    clients.map((client) => (client[key] ?? 0) / 1000);
  const bar = (label: string, data: number[]) => ({ label, data, maxBarThickness: 22, borderWidth: 0 });
  return {
    type: "bar",
    data: {
      labels: clients.map((client) => client.name),
      datasets: [bar("before arrival", inSeconds("arrival")), bar("waiting", inSeconds("waiting")),
                 bar("service", inSeconds("service"))],
    },
    options: {
      indexAxis: "y",
      scales: {
        x: { stacked: true, beginAtZero: true, grid: { drawTicks: false },
             ticks: { padding: 6 }, title: { display: true, text: "seconds" } },
        y: { stacked: true, grid: { display: false },
             ticks: { callback(value) {
               const label = this.getLabelForValue(Number(value));
               return label.length > 18 ? `${label.slice(0, 17)}…` : label;
             } } },
      },
      plugins: {
        legend: { position: "top", align: "start",
                  onClick: () => {},
                  labels: { boxWidth: 12, boxHeight: 12,
                            filter: (item) => (item.datasetIndex ?? 0) > 0 } },
        tooltip: { mode: "index", axis: "y", intersect: false,
                   filter: (item) => item.datasetIndex > 0,
                   callbacks: {
                     label: (item) => `${item.dataset.label} ${duration(Number(item.raw) * 1000)}`,
                   } },
      },
    },
  };
}

function waitingTable(clients: Waiting[]): HTMLElement {
  const times = ["arrival", "start", "end", "waiting", "service", "response"] as const;
  return table("Waiting per client, in seconds",
    [{ title: "client" }, ...times.map((title) => ({ title, numeric: true }))],
    clients.map((client) => [client.name, ...times.map((key) => seconds(client[key]))]));
}

export function waitingSection(run: Run, theory: Theory | undefined): Child {
  const clients = (run.waiting ?? []).map(waitingOf);
  if (clients.length === 0) {
    return null;
  }
  const words = waitingInWords(clients);
  const numbers = waitingTable(clients);
  return chartSection("Waiting",
    element("p", {}, words),
    clients.length > BARS_MOST ? null : chartFrame(words, "Bar chart of waiting and service.", Math.min(900, 92 + 32 * clients.length),
      ["", "--waiting", "--service"], () => barsOf(clients) as ChartConfiguration),
    ecdfChart(clients.map(({ waiting }) => waiting).filter(isNumber), theory),
    clients.length <= 20
      ? numbers
      : element("details", {}, element("summary", {}, "All the numbers"), numbers));
}

// Iterative beside concurrent servers: waiting is measured to compare them.
export function waitingOverview(runs: Run[]): Child {
  const rows = runs
    .map((run, index) => ({ run, index, clients: (run.waiting ?? []).map(waitingOf) }))
    .filter(({ clients }) => clients.length > 0);
  if (rows.length < 2) {
    return null;
  }
  const time = (title: string) => ({ title, numeric: true });
  const numbers = (): HTMLElement => table("Waiting times, run by run",
      [{ title: "run" }, time("clients"), time("mean waiting"), time("longest"),
       time("mean response")],
      rows.map(({ run, index, clients }) => {
        const { mean: average, longest, meanResponse } = waitingSummary(clients);
        return [
          element("span", {},
            element("a", { href: `#run-${index + 1}` }, run.title ?? run.scenario), " ",
            quiet(circumstances(run))),
          count(clients.length), duration(average), duration(longest), duration(meanResponse)];
      }), { quietCaption: true });
  return element("section", { class: "overview", "aria-labelledby": "waiting-overview" },
    element("h2", { id: "waiting-overview" }, "Waiting, compared"),
    rows.length <= 20
      ? numbers()
      : lazyDetails({}, element("summary", {}, `Of ${count(rows.length)} runs`), numbers).node);
}
