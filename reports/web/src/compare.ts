// Two runs side by side: relay and virtual, a pass and a failure, before and after. Each has its ladder;
// the first packet that they do not share is marked in both.

import { type Child, element, freshId, lazyDetails, quiet, table, visibleText } from "./dom";
import { pairsOf } from "./divergence";
import { Ladder } from "./ladder";
import { count, counted, moment } from "./numbers";
import { fateWords } from "./packet_words";
import type { PackedTrace, Results, Run } from "./results";
import { circumstances, titleOf, verdictBadge } from "./run_words";
import { traceOfRun } from "./run_messages";
import type { Packet, Trace } from "./trace";

export interface Source { run: Run; packed: PackedTrace; name: string; id: string }

// All runs that have a trace: of this folder, and of the one it is held against.
export function sourcesOf(results: Results, traces: PackedTrace[], folder: string, prefix = "run"): Source[] {
  return results.runs.flatMap((run, index) => {
    const packed = traces[index];
    return packed?.deflate ? [{ run, packed, id: `${prefix}-${index + 1}`,
      name: `${folder ? `${folder}: ` : ""}${index + 1}. ${run.verdict}: ${titleOf(run)} (${circumstances(run)})` }] : [];
  });
}

const sameScenario = (a: Run, b: Run): boolean =>
  a.scenario === b.scenario && JSON.stringify(a.matrix ?? {}) === JSON.stringify(b.matrix ?? {});

// A failure beside a pass of the same scenario, or the same on another network, or just two.
function firstPair(sources: Source[]): [Source, Source] | null {
  const [first, second] = sources;
  if (!first || !second) {
    return null;
  }
  for (const wanted of [(a: Run, b: Run) => a.verdict !== "pass" && b.verdict === "pass", (a: Run, b: Run) => a.network !== b.network, () => true]) {
    for (const a of sources) {
      const b = sources.find((other) => other !== a && sameScenario(a.run, other.run) && wanted(a.run, other.run));
      if (b) return [a, b];
    }
  }
  return [first, second];
}

export interface Comparer { node: HTMLElement; compare(left: string, right: string): void }

export function comparer(sources: Source[]): Comparer | null {
  const pair = firstPair(sources);
  if (pair === null) {
    return null;
  }
  const place = element("div", { class: "compared" });
  const choose = (title: string, chosen: Source) => {
    const id = freshId("compared");
    const select = element("select", { id, change: () => void draw() },
      sources.map((source) => element("option", { value: source.id, selected: source === chosen }, source.name)));
    return { select, node: element("p", { class: "compared-choice" }, element("label", { for: id }, title), " ", select) };
  };
  const left = choose("First", pair[0]);
  const right = choose("Second", pair[1]);
  const chosen = (select: HTMLSelectElement): Source | undefined => sources.find(({ id }) => id === select.value);
  async function draw(): Promise<void> {
    const [one, other] = [chosen(left.select), chosen(right.select)];
    if (!one || !other) return;
    const traces = await Promise.all([one, other].map(({ run, packed }) => traceOfRun(run, packed)));
    if (traces[0] && traces[1]) place.replaceChildren(sideBySide(one, traces[0], other, traces[1]));
  }
  const details = lazyDetails({ class: "compare" },
    element("summary", {}, element("h2", { id: "compare" }, "Two runs, side by side")),
    () => { void draw(); return [element("div", { class: "compared-choices" }, left.node, right.node), place]; });
  return {
    node: element("section", { class: "overview", "aria-labelledby": "compare" }, details.node),
    compare(first, second) {
      left.select.value = first;
      right.select.value = second;
      details.openNow();
      void draw();
      details.node.scrollIntoView();
    },
  };
}

function sideBySide(one: Source, oneTrace: Trace, other: Source, otherTrace: Trace): HTMLElement {
  const pairs = pairsOf(oneTrace, otherTrace);
  const differing = pairs.filter(({ differs }) => differs !== "");
  const first = differing[0];
  const words = first === undefined
    ? `All ${counted(pairs.length, "packet")} are the same, and met the same fates.`
    : `${counted(differing.length, "packet")} of ${count(pairs.length)} differ. The first: ${packetIn(first.left ?? first.right)}: ${first.differs}.`;
  const ladders = ([[one, oneTrace, "left"], [other, otherTrace, "right"]] as const).map(([source, trace, side]) => {
    const label = `${side === "left" ? "First" : "Second"} run: ${titleOf(source.run)}, ${circumstances(source.run)}`;
    const ladder = new Ladder(trace, { label, choose: () => {} });
    ladder.mark(new Set(differing.map((pair) => pair[side]).filter((packet) => packet !== undefined)));
    ladder.show(trace.packets);
    // The ladder that lacks the packet shows what came last before it.
    const near = first && (first[side] ?? pairs.slice(0, pairs.indexOf(first)).reverse().find((pair) => pair[side])?.[side]);
    if (near) setTimeout(() => ladder.select(near));
    return element("div", { class: "half" }, element("p", {}, verdictBadge(source.run.verdict), " ", quiet(circumstances(source.run))), ladder.node);
  });
  return element("div", {},
    element("p", { class: "divergence", role: "status" }, visibleText(words)),
    element("div", { class: "halves" }, ladders), differences(differing));
}

const packetIn = (packet?: Packet): string =>
  (packet ? `${packet.words}, ${packet.from} to ${packet.to}, at ${moment(packet.at)}` : "");

function differences(differing: { left?: Packet; right?: Packet; differs: string }[]): Child {
  const most = 50;
  const fate = (packet?: Packet): string => (packet ? `${moment(packet.at)} ${fateWords(packet) || packet.fate}` : "–");
  return differing.length === 0 ? null : [
    table(differing.length > most ? `The first ${most} of ${count(differing.length)} that differ` : "What differs",
      [{ title: "packet" }, { title: "way" }, { title: "first" }, { title: "second" }],
      differing.slice(0, most).map(({ left, right }) => {
        const packet = left ?? right;
        return [visibleText(packet?.words ?? ""), packet ? `${packet.from} → ${packet.to}` : "", fate(left), fate(right)];
      }))];
}
