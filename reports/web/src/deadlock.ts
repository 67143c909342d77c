// A deadlock, drawn: who waits for whom, and what would have set them free but was lost.

import { type Child, element, svg, table, visibleText } from "./dom";
import { arrowHead } from "./ladder_drawing";
import { moment } from "./numbers";
import type { Deadlock, Run } from "./results";
import { type Packet, processesOf, type Trace } from "./trace";

const BOX = { width: 210, height: 74 };

interface Place { name: string; x: number; y: number }
interface Edge { from: string; to: string; words: string; lost: boolean }

// Two stand beside each other, more in a circle.
function placesOf(names: string[]): { places: Map<string, Place>; width: number; height: number } {
  const many = names.length;
  const radius = many <= 2 ? 0 : Math.max(150, many * 46);
  const width = many <= 2 ? 640 : 2 * radius + BOX.width + 40;
  const height = many <= 2 ? 190 : 2 * radius + BOX.height + 40;
  const places = new Map(names.map((name, index) => {
    const angle = (2 * Math.PI * index) / many - Math.PI / 2;
    const x = many <= 2 ? BOX.width / 2 + 4 + index * (width - BOX.width - 8) : width / 2 + radius * Math.cos(angle);
    const y = many <= 2 ? height / 2 : height / 2 + radius * Math.sin(angle);
    return [name, { name, x, y }];
  }));
  return { places, width, height };
}

function lostPackets(deadlock: Deadlock, trace: Trace | null): (Packet | undefined)[] {
  return (deadlock.lost ?? []).map((lost) => trace?.packets.find((packet) =>
    packet.link === lost.link && packet.direction === lost.direction && packet.at === lost.at_ms));
}

// In the picture there is no room for it; the table below has it.
const withoutAddress = (what: string): string => what.replace(/ (at|from|to) [\d.:[\]a-f]+:\d+$/, "");

// With whom each exchanged anything: for one of them it waits.
function partnersOf(name: string, trace: Trace | null): string[] {
  const found = new Set<string>();
  for (const { from, to } of trace?.packets ?? []) {
    if (to === name) found.add(from);
    else if (from === name) found.add(to);
  }
  return [...found];
}

function edgesOf(deadlock: Deadlock, trace: Trace | null, names: string[]): Edge[] {
  const lost = lostPackets(deadlock, trace);
  return (deadlock.waiting ?? []).flatMap(({ process = "", for: what = "" }) => {
    const never = lost.map((packet, index) => ({ packet, told: deadlock.lost?.[index] }))
      .filter(({ told }) => told?.process === process);
    const others = names.filter((name) => name !== process);
    const partners = partnersOf(process, trace).filter((name) => names.includes(name));
    const waitedFor = never.map(({ packet }) => packet?.from).filter((from) => from !== undefined);
    const ends = waitedFor.length ? waitedFor : partners.length ? partners : others.length === 1 ? others : [];
    return ends.map((to) => {
      const missing = never.find(({ packet }) => packet === undefined || packet.from === to)?.told;
      return { from: process, to, lost: missing !== undefined,
        words: missing ? `${missing.packet ?? "its packet"} was lost` : `waits for ${withoutAddress(what)}` };
    });
  });
}

function drawEdge(edge: Edge, places: Map<string, Place>): Child {
  const from = places.get(edge.from);
  const to = places.get(edge.to);
  if (!from || !to) {
    return null;
  }
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const [nx, ny] = [-dy / length, dx / length]; // to the right of the way, so that two ways are two curves
  const inset = Math.min(length / 2 - 8, Math.abs(dx) > Math.abs(dy) ? BOX.width / 2 + 6 : BOX.height / 2 + 8);
  const at = (share: number, out: number): [number, number] => {
    const along = inset + share * (length - 2 * inset);
    return [from.x + (dx / length) * along - nx * out, from.y + (dy / length) * along - ny * out];
  };
  const [begin, middle, end, label] = [at(0, 22), at(0.5, 44), at(1, 22), at(0.5, 50)];
  const words = edge.words.length > 34 ? `${edge.words.slice(0, 33)}…` : edge.words;
  return svg("g", { class: edge.lost ? "waits lost" : "waits" },
    svg("path", { d: `M${begin}Q${middle} ${end}` }), arrowHead(...end, ...middle),
    svg("text", { x: label[0], y: label[1] + (ny > 0 ? -4 : 12), "text-anchor": "middle" }, words));
}

function drawBox({ name, x, y }: Place, deadlock: Deadlock): Child {
  const waits = (deadlock.waiting ?? []).find(({ process }) => process === name);
  const short = (text: string): string => (text.length > 30 ? `${text.slice(0, 29)}…` : text);
  return svg("g", { class: "box" },
    svg("rect", { x: x - BOX.width / 2, y: y - BOX.height / 2, width: BOX.width, height: BOX.height, rx: 8 }),
    svg("text", { class: "who", x, y: y - 14, "text-anchor": "middle" }, short(name)),
    svg("text", { x, y: y + 6, "text-anchor": "middle" }, short(waits ? `waits for ${withoutAddress(waits.for ?? "something")}` : "waits")),
    waits ? svg("text", { class: "since", x, y: y + 24, "text-anchor": "middle" }, `since ${moment(waits.since_ms)}`) : null);
}

function draw(deadlock: Deadlock, trace: Trace | null): SVGElement {
  const waiting = (deadlock.waiting ?? []).map(({ process }) => process ?? "").filter(Boolean);
  const order = trace ? processesOf(trace) : [];
  const names = [...new Set(waiting)].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const { places, width, height } = placesOf(names);
  const edges = edgesOf(deadlock, trace, names);
  return svg("svg", { class: "deadlock", viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
    "aria-label": edges.map(({ from, to, words }) => `${from} depends on ${to}: ${words}`).join("; ") || "who waits" },
  edges.map((edge) => drawEdge(edge, places)),
  [...places.values()].map((place) => drawBox(place, deadlock)));
}

export function deadlockSection(run: Run, trace: Promise<Trace | null>): Child {
  const { deadlock } = run;
  if (deadlock === undefined) {
    return null;
  }
  const picture = element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Who waits for whom" });
  void trace.then((read) => picture.append(draw(deadlock, read)));
  const lostTo = (process?: string): string => (deadlock.lost ?? []).filter((one) => one.process === process)
    .map((one) => `${one.packet ?? ""}: ${one.why ?? ""} at ${moment(one.at_ms)}`).join("; ") || "–";
  return element("section", {},
    element("h4", {}, "Deadlock"), picture,
    table(`Nobody can go on at ${moment(deadlock.at_ms)}`,
      [{ title: "process" }, { title: "waits for" }, { title: "since", numeric: true }, { title: "the last packet to it that was lost" }],
      (deadlock.waiting ?? []).map((one) =>
        [one.process ?? "", visibleText(one.for ?? ""), moment(one.since_ms), visibleText(lostTo(one.process))])));
}
