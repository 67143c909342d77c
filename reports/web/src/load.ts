// Loads of many requests, and what queueing theory says of them.

import { type Child, element, quiet, table } from "./dom";
import { count, duration, inWords, isNumber } from "./numbers";
import type { Run, Theory } from "./results";

// What became of the requests of a load, of which there are more than bars could show.
export function loadSection(run: Run): Child {
  const loads = Object.entries(run.load ?? {});
  if (loads.length === 0) {
    return null;
  }
  const time = (title: string) => ({ title, numeric: true });
  const titles = ["requests", "answered", "gave up", "refused", "failed", "mean waiting",
    "99 % within", "mean response"];
  const counters = ["requests", "answered", "gave_up", "refused", "failed"] as const;
  return element("section", {},
    element("h4", {}, "Load"),
    table("What became of the requests, and how long they waited",
      [{ title: "clients" }, ...titles.map(time)],
      loads.map(([clients, load]) => [
        clients, ...counters.map((key) => count(load[key] ?? 0)),
        duration(load.waiting_ms?.mean ?? null), duration(load.waiting_ms?.p99 ?? null),
        duration(load.response_ms?.mean ?? null)])),
    run.waiting_left_out
      ? element("p", { class: "quiet" },
        `All ${count(run.waiting_left_out)} waiting times are in waiting.csv in the run's folder.`)
      : null);
}

const shownAs = { agrees: "pass", differs: "fail", inconclusive: "inconclusive" };

// Waiting over all repetitions, beside what queueing theory says.
export function theoryOverview(theories: Theory[]): Child {
  if (theories.length === 0) {
    return null;
  }
  const number = (title: string) => ({ title, numeric: true });
  return element("section", { class: "overview", "aria-labelledby": "theory-overview" },
    element("h2", { id: "theory-overview" }, "Waiting, beside theory"),
    table("Mean waiting with its 95 % interval",
      [{ title: "verdict" }, { title: "clients" }, { title: "model" }, number("utilisation"),
       number("theory"), number("measured"), number("95 % interval"), number("runs")],
      theories.map((one) => [
        element("span", { class: `verdict ${shownAs[one.verdict]}`, title: one.message }, one.verdict),
        element("span", {}, one.clients, " ", quiet(
          [one.title, one.network, ...Object.entries(one.matrix ?? {}).map(([k, v]) => `${k} ${inWords(v)}`)]
            .filter(Boolean).join(", "))),
        one.model, isNumber(one.utilisation) ? one.utilisation.toPrecision(3) : "",
        duration(one.theory_ms), duration(one.waiting_ms.mean),
        `${duration(one.waiting_ms.low)} to ${duration(one.waiting_ms.high)}`, count(one.runs)]),
      { quietCaption: true }),
    ...theories.filter((one) => one.verdict !== "agrees")
      .map((one) => element("p", {}, `${one.verdict}: ${one.message}`)));
}
