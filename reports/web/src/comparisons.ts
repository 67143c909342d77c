// What was compared: runs on several networks, and two folders of results.

import { type Child, element, quiet, table, visibleText } from "./dom";
import { count, duration, inWords, isNumber } from "./numbers";
import type { Comparison, Json, Results, Run } from "./results";
import { circumstances, titleOf, verdictBadge } from "./run_words";

const shownAs = { agree: "pass", differ: "fail", inconclusive: "inconclusive" };

export type Compare = (left: string, right: string) => void;

const beside = (left: string | null, right: string | null, compare: Compare | null): Child =>
  (left && right && compare
    ? element("button", { type: "button", class: "jump", click: () => compare(left, right) }, "side by side") : "");

// Of `--network relay,virtual`: whether both tell the same.
export function networkComparisons(results: Results, compare: Compare | null): Child {
  const all = results.comparisons ?? [];
  if (all.length === 0) {
    return null;
  }
  const runOn = (one: Comparison, network?: string): string | null => {
    const index = results.runs.findIndex((run) => run.scenario === one.scenario && run.network === network
      && String(run.seed) === String(one.seed) && JSON.stringify(run.matrix ?? {}) === JSON.stringify(one.matrix ?? {}));
    return index < 0 ? null : `run-${index + 1}`;
  };
  return element("section", { class: "overview", "aria-labelledby": "networks" },
    element("h2", { id: "networks" }, "Networks, compared"),
    table("Whether two networks tell the same",
      [{ title: "result" }, { title: "scenario" }, { title: "packets in common", numeric: true }, { title: "what differs" }, { title: "look" }],
      all.map((one) => [
        element("span", { class: `verdict ${shownAs[one.result ?? "inconclusive"]}` }, one.result ?? ""),
        element("span", {}, one.scenario ?? "", " ", quiet([one.networks?.join(" and ") ?? "", `seed ${one.seed}`,
          ...Object.entries(one.matrix ?? {}).map(([key, value]) => `${key} = ${inWords(value)}`)].join(" · "))),
        `${count(one.in_common)} of ${count(one.packets)}`,
        visibleText([one.why_inconclusive, one.first_diverging ? `first: ${one.first_diverging}` : "",
          ...(one.differences ?? []).slice(0, 5).map(({ of, what }) => `${of ?? ""}: ${what ?? ""}`)].filter(Boolean).join("; ")) || "nothing",
        beside(runOn(one, one.networks?.[0]), runOn(one, one.networks?.[1]), compare)]),
      { quietCaption: true }));
}

const keyOf = (run: Run): string =>
  JSON.stringify([run.scenario, run.network, String(run.seed), run.repeat, run.interleaving ?? null, run.matrix ?? {}]);

interface Match { now?: Run; before?: Run; place: number; placeBefore: number }

function matched(now: Results, before: Results): Match[] {
  const old = new Map(before.runs.map((run, index) => [keyOf(run), { run, index }]));
  const made: Match[] = now.runs.map((run, place) => {
    const found = old.get(keyOf(run));
    old.delete(keyOf(run));
    return { now: run, before: found?.run, place, placeBefore: found?.index ?? -1 };
  });
  return [...made, ...[...old.values()].map(({ run, index }) => ({ before: run, place: -1, placeBefore: index }))];
}

// What else changed of a run: what is expected, its time, and what its processes counted.
function changesOf({ now, before }: Match): string[] {
  if (!now || !before) {
    return [];
  }
  const changes: string[] = [];
  const whats = new Map((before.expectations ?? []).map(({ what, met }) => [what, met]));
  for (const { what, met } of now.expectations ?? []) {
    const was = whats.get(what);
    if (was !== undefined && was !== met) changes.push(met ? `now met: ${what}` : `no longer met: ${what}`);
  }
  if (isNumber(now.elapsed_ms) && isNumber(before.elapsed_ms) && Math.abs(now.elapsed_ms - before.elapsed_ms) > 0.05 * before.elapsed_ms) {
    changes.push(`took ${duration(before.elapsed_ms)}, now ${duration(now.elapsed_ms)}`);
  }
  for (const [name, process] of Object.entries(now.processes ?? {})) {
    const old: Record<string, Json> = before.processes?.[name]?.metrics ?? {};
    for (const [metric, value] of Object.entries(process.metrics ?? {})) {
      const was = old[metric];
      if (!isNumber(value) || !isNumber(was) || /_(ms|s|us|ns)$/.test(metric) || value === was) continue;
      changes.push(`${name}.${metric} ${count(was)}, now ${count(value)}`);
    }
  }
  return changes;
}

export function againstOverview(now: Results, nowName: string, before: Results, beforeName: string, compare: Compare | null): Child {
  const all = matched(now, before);
  const both = all.filter((one) => one.now && one.before);
  const changed = both.filter((one) => one.now?.verdict !== one.before?.verdict);
  const worse = changed.filter((one) => one.before?.verdict === "pass");
  const better = changed.filter((one) => one.now?.verdict === "pass");
  const fresh = all.filter((one) => !one.before);
  const gone = all.filter((one) => !one.now);
  const told = [...changed, ...both.filter((one) => !changed.includes(one) && changesOf(one).length > 0)];
  const summary = ([["no longer pass", worse], ["pass now", better],
    ["fail otherwise", changed.filter((one) => !worse.includes(one) && !better.includes(one))],
    ["new", fresh], ["gone", gone], ["as before", both.filter((one) => !changed.includes(one))]] as const)
    .filter(([, some]) => some.length > 0).map(([words, some]) => `${words}: ${count(some.length)}`).join(", ");
  return element("section", { class: "overview", "aria-labelledby": "against" },
    element("h2", { id: "against" }, "Against ", beforeName),
    element("p", {}, `${nowName} against ${beforeName}: ${summary}.`),
    told.length || fresh.length || gone.length
      ? table("What changed", [{ title: "before" }, { title: "now" }, { title: "run" }, { title: "what changed" }, { title: "look" }],
        [...told, ...fresh, ...gone].slice(0, 300).map((one) => row(one, compare)), { quietCaption: true })
      : null);
}

function row(one: Match, compare: Compare | null): Child[] {
  const run = one.now ?? one.before;
  const changes = changesOf(one);
  const story = one.now?.story?.headline ?? one.now?.message;
  const shown = [one.now?.verdict !== one.before?.verdict && story ? story : "", ...changes.slice(0, 4), changes.length > 4 ? `and ${changes.length - 4} more` : ""];
  return [
    one.before ? verdictBadge(one.before.verdict) : "new",
    one.now ? verdictBadge(one.now.verdict) : "gone",
    element("span", {}, one.now ? element("a", { href: `#run-${one.place + 1}` }, run ? titleOf(run) : "") : run ? titleOf(run) : "",
      " ", quiet(run ? circumstances(run) : "")),
    visibleText(shown.filter(Boolean).join("; ")),
    beside(one.now ? `run-${one.place + 1}` : null, one.before ? `before-${one.placeBefore + 1}` : null, compare)];
}
