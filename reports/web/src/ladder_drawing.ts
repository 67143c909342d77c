// The ladder's parts as SVG. Coordinates are those of the layout; columns are the lifelines.

import { type Child, svg, visibleText } from "./dom";
import type { ArcItem, GapItem, Item, NoteItem, PacketItem } from "./ladder_layout";
import { counted, duration, moment } from "./numbers";
import { fateWords, packetSentence, verdictMark } from "./packet_words";
import type { Packet } from "./trace";

export interface Frame {
  width: number;
  columns: Map<string, number>;
  zoom: number;
  times: number; // how wide the column of times is
  selected: Packet | null;
  marked: Set<Packet>;
  optionId(packet: Packet): string;
  total: number;
  placeOf(packet: Packet): number;
}

const CHARACTER = 7.2; // about how wide one is, in the sizes of the ladder's labels
const LABEL_GAP = 9;

function toneOf(packet: Packet): string {
  if (packet.marks.has("lost") || packet.marks.has("undeliverable")) return "lost";
  if (packet.marks.has("flipped")) return "flipped";
  if (packet.marks.has("late") || packet.marks.has("overtaken")) return "late";
  if (packet.marks.has("twice")) return "twice";
  return "plain";
}

function short(text: string, room: number): string {
  const most = Math.max(4, Math.floor(room / CHARACTER));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

// At x, y, coming from fromX, fromY.
export function arrowHead(x: number, y: number, fromX: number, fromY: number): Child {
  const angle = Math.atan2(y - fromY, x - fromX);
  const corner = (turn: number): string =>
    `${(x - 8 * Math.cos(angle + turn)).toFixed(1)},${(y - 8 * Math.sin(angle + turn)).toFixed(1)}`;
  return svg("polygon", { class: "head", points: `${x},${y} ${corner(0.4)} ${corner(-0.4)}` });
}

// Two short strokes where the packet ends.
function cross(x: number, y: number): Child {
  return svg("path", { class: "cross", d: `M${x - 5},${y - 5}L${x + 5},${y + 5}M${x - 5},${y + 5}L${x + 5},${y - 5}` });
}

interface Ends { x1: number; y1: number; x2: number; y2: number }

function endsOf({ packet, top, lands }: PacketItem, frame: Frame): Ends {
  const x1 = frame.columns.get(packet.from) ?? frame.times;
  const x2 = frame.columns.get(packet.to) ?? x1 + (packet.direction === "up" ? 80 : -80);
  const y1 = top + 14;
  const share = packet.marks.has("lost") ? 0.62 : 1;
  return { x1, y1, x2: x1 + (x2 - x1) * share, y2: lands };
}

function labelOf(packet: Packet, ends: Ends, frame: Frame): Child {
  if (frame.zoom < 0.55) {
    return null;
  }
  const rightwards = ends.x2 >= ends.x1;
  const fate = fateWords(packet);
  const verdict = verdictMark(packet);
  const room = (Math.abs(ends.x2 - ends.x1) / (packet.marks.has("lost") ? 0.62 : 1)) - 2 * LABEL_GAP;
  const words = short(`${packet.marks.has("repeats") ? "↻ " : ""}${packet.words}`, room);
  const left = room - words.length * CHARACTER;
  return svg("text", {
    class: "label", x: ends.x1 + (rightwards ? LABEL_GAP : -LABEL_GAP), y: ends.y1 - 4,
    "text-anchor": rightwards ? "start" : "end",
  }, words, fate && left > 30 ? svg("tspan", { class: "fate" }, `  ${short(fate, left)}`) : null,
  verdict && left - fate.length * CHARACTER > 110 ? svg("tspan", { class: "verdict-mark" }, `  ${verdict}`) : null);
}

const standing = (packet: Packet, frame: Frame): string =>
  `${frame.marked.has(packet) ? " marked" : ""}${packet === frame.selected ? " selected" : ""}`;

// The row of a packet, below all lines: a click on it means the packet, too.
function drawRow({ packet, top }: PacketItem, frame: Frame): SVGElement {
  return svg("rect", { class: `hit${standing(packet, frame)}`, "data-row": packet.index, "aria-hidden": "true",
    x: 0, y: top - 1, width: frame.width, height: 19 });
}

function drawPacket(item: PacketItem, frame: Frame): SVGElement {
  const { packet } = item;
  const ends = endsOf(item, frame);
  const { x1, y1, x2, y2 } = ends;
  const line = { x1, y1, x2, y2 };
  const lost = packet.marks.has("lost");
  return svg("g", {
    class: `packet ${toneOf(packet)}${packet.marks.has("repeats") ? " again" : ""}${standing(packet, frame)}`,
    role: "option", id: frame.optionId(packet), "data-packet": packet.index,
    "aria-selected": String(packet === frame.selected), "aria-label": packetSentence(packet),
    "aria-setsize": frame.total, "aria-posinset": frame.placeOf(packet) + 1,
  },
  svg("line", { class: "grab", ...line }),
  svg("line", { class: "wire", ...line }),
  item.copies.map((y) => [svg("line", { class: "wire copy", x1, y1, x2, y2: y }), arrowHead(x2, y, x1, y1)]),
  lost || packet.marks.has("undeliverable") ? cross(x2, y2) : arrowHead(x2, y2, x1, y1),
  labelOf(packet, ends, frame));
}

// From a repetition back to what it repeats, beside the sender's lifeline.
function drawArc({ top, bottom, packet }: ArcItem, frame: Frame): SVGElement {
  const x = frame.columns.get(packet.from) ?? frame.times;
  const side = (frame.columns.get(packet.to) ?? x + 1) >= x ? -1 : 1;
  const out = x + side * 14;
  const near = x + side * 2;
  return svg("path", {
    class: packet === frame.selected ? "arc selected" : "arc", "aria-hidden": "true",
    d: `M${near},${top}C${out},${top} ${out},${top} ${out},${Math.min(top + 14, (top + bottom) / 2)}`
      + `L${out},${Math.max(bottom - 14, (top + bottom) / 2)}C${out},${bottom} ${out},${bottom} ${near},${bottom}`,
  });
}

function drawNote(item: NoteItem, frame: Frame): SVGElement {
  const x = frame.columns.get(item.process) ?? frame.times;
  const y = item.top + 12;
  if (item.kind === "event") {
    const words = `${item.process} ${item.lines.join(", ")}`;
    const width = words.length * CHARACTER + 16;
    return svg("g", { class: "note event", "aria-hidden": "true" },
      svg("rect", { x: clamp(x - width / 2, frame, width), y: y - 9, width, height: 18, rx: 9 }),
      svg("text", { x: clamp(x - width / 2, frame, width) + width / 2, y: y + 4, "text-anchor": "middle" }, words));
  }
  const more = item.lines.length > 1 ? ` (+${item.lines.length - 1} lines)` : "";
  const words = short(visibleText(item.lines[0] ?? ""), frame.width - frame.times - 40 - more.length * CHARACTER) + more;
  const width = words.length * CHARACTER + 14;
  const left = clamp(x - width / 2, frame, width);
  return svg("g", { class: "note output", "aria-hidden": "true" },
    svg("title", {}, visibleText(`${item.process} at ${moment(item.at)}:\n${item.lines.slice(0, 40).join("\n")}`)),
    svg("rect", { x: left, y: y - 10, width, height: 20, rx: 3 }),
    svg("text", { x: left + 7, y: y + 4 }, words));
}

function clamp(left: number, frame: Frame, width: number): number {
  return Math.max(frame.times, Math.min(left, frame.width - width - 4));
}

function drawGap({ top, bottom, ms, leftOut }: GapItem, frame: Frame): SVGElement {
  const columns = [...frame.columns.values()];
  const middle = (Math.min(...columns) + Math.max(...columns)) / 2;
  return svg("g", { class: "gap", "aria-hidden": "true" },
    columns.map((x) => svg("line", { x1: x, x2: x, y1: top, y2: bottom })),
    svg("text", { x: middle, y: (top + bottom) / 2 + 4, "text-anchor": "middle" }, 
      leftOut > 0 ? `${counted(leftOut, "packet")} left out, ${duration(ms)} later` : `${duration(ms)} later`));
}

function drawTime(y: number, at: number, frame: Frame): SVGElement {
  return svg("text", { class: "time", x: frame.times - 24, y: y + 1, "text-anchor": "end", "aria-hidden": "true" },
    moment(at).replace(/\u00a0ms$/, ""));
}

// The times of a window's items, as many as have room.
function drawTimes(items: Item[], frame: Frame): SVGElement[] {
  const times: SVGElement[] = [];
  let below = -Infinity;
  for (const item of items) {
    if (item.kind === "gap" || item.kind === "arc") continue;
    const [y, at] = item.kind === "packet" ? [item.top + 12, item.packet.at] : [item.top + 14, item.at];
    if (y >= below) {
      times.push(drawTime(y, at, frame));
      below = y + 15;
    }
  }
  return times;
}

// In the order in which they cover each other: notes stand above lines.
export function drawItems(items: Item[], frame: Frame, top: number, bottom: number): SVGElement[] {
  const lifelines = [...frame.columns.values()].map((x) =>
    svg("line", { class: "lifeline", x1: x, x2: x, y1: top, y2: bottom, "aria-hidden": "true" }));
  const drawn = (kind: Item["kind"], draw: (item: never) => SVGElement): SVGElement[] =>
    items.filter((item) => item.kind === kind).map((item) => draw(item as never));
  return [...drawn("packet", (item: PacketItem) => drawRow(item, frame)), ...lifelines,
    ...drawn("gap", (item: GapItem) => drawGap(item, frame)),
    ...drawn("arc", (item: ArcItem) => drawArc(item, frame)),
    ...drawn("packet", (item: PacketItem) => drawPacket(item, frame)),
    ...drawn("event", (item: NoteItem) => drawNote(item, frame)),
    ...drawn("output", (item: NoteItem) => drawNote(item, frame)),
    ...drawTimes(items, frame)];
}
