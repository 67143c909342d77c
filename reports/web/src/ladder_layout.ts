// Where everything stands on the ladder. Time goes down, but not evenly: what happens together has
// room to be read, and a long time in which nothing happens is drawn as a short gap.

import { type Happened, type Hole, holeOf, type Packet, type Said, type Trace } from "./trace";

export interface PacketItem { kind: "packet"; top: number; bottom: number; packet: Packet; lands: number; copies: number[] }
export interface NoteItem {
  kind: "output" | "event"; top: number; bottom: number; process: string; at: number; lines: string[];
}
export interface GapItem { kind: "gap"; top: number; bottom: number; ms: number; leftOut: number }
export interface ArcItem { kind: "arc"; top: number; bottom: number; packet: Packet }
export type Item = PacketItem | NoteItem | GapItem | ArcItem;

export interface Layout {
  items: Item[]; // by top
  reach: number[]; // the lowest bottom of the items up to each
  places: Map<Packet, number>;
  height: number;
}

interface Moment {
  at: number;
  order: number; // of what happens at one time: it starts, is reached, says something, sends, ends
  packet?: Packet;
  lands?: Packet;
  copy?: Packet;
  note?: { process: string; kind: "output" | "event"; lines: string[] };
}

const ROW = 22;
const NOTE_ROW = 24;
const BELOW_ARRIVAL = 17; // room for the label of an answer
const GAP_MOST = 3; // rows

function momentsOf(packets: Packet[], output: Said[], events: Happened[]): Moment[] {
  const moments: Moment[] = [];
  for (const packet of packets) {
    moments.push({ at: packet.at, order: 3, packet });
    if (packet.arrives !== null) moments.push({ at: packet.arrives, order: 1, lands: packet });
    for (const at of packet.copies) moments.push({ at, order: 1, copy: packet });
  }
  for (const { at, process, what } of events) {
    moments.push({ at, order: what.startsWith("start") ? 0 : 4, note: { process, kind: "event", lines: [what] } });
  }
  for (const { at, process, line } of output) {
    moments.push({ at, order: 2, note: { process, kind: "output", lines: [line] } });
  }
  moments.sort((a, b) => a.at - b.at || a.order - b.order);
  return joined(moments);
}

// Lines that a process prints together stand together.
function joined(moments: Moment[]): Moment[] {
  const made: Moment[] = [];
  for (const moment of moments) {
    const before = made.at(-1);
    if (moment.note?.kind === "output" && before?.note?.kind === "output"
        && before.note.process === moment.note.process && before.at === moment.at) {
      before.note.lines.push(...moment.note.lines);
    } else {
      made.push(moment);
    }
  }
  return made;
}

// Three quarters of all steps forward in time are shorter than a row and a half.
function pixelsPerMs(moments: Moment[], row: number): number {
  const steps = moments.slice(1).map((moment, index) => moment.at - (moments[index]?.at ?? 0))
    .filter((step) => step > 0).sort((a, b) => a - b);
  const usual = steps[Math.floor(steps.length * 0.75)] ?? 1;
  return (1.5 * row) / usual;
}

// Puts every moment below the one before it; returns where.
function heights(moments: Moment[], zoom: number, hole: Hole | null, leftOut: number): { tops: number[]; gaps: GapItem[]; height: number } {
  const row = ROW * zoom;
  const scale = pixelsPerMs(moments, row);
  const lastOf = new Map<string, number>();
  const tops: number[] = [];
  const gaps: GapItem[] = [];
  let holed = false;
  let y = row;
  let time = moments[0]?.at ?? 0;
  for (const moment of moments) {
    const wanted = (moment.at - time) * scale;
    const step = Math.min(wanted, GAP_MOST * row);
    const isHole: boolean = hole !== null && !holed && moment.at >= hole.to;
    const room = isHole ? Math.max(step, GAP_MOST * row) : step;
    if (isHole || wanted > 3 * GAP_MOST * row) {
      gaps.push({ kind: "gap", top: y + room * 0.15, bottom: y + room * 0.85, ms: moment.at - time, leftOut: isHole ? leftOut : 0 });
    }
    holed ||= isHole;
    let place = y + room;
    if (moment.copy) place = Math.max(place, y + 2 * zoom);
    if (moment.lands) {
      place = Math.max(place, y + 3 * zoom);
      lastOf.set(moment.lands.to, Math.max(lastOf.get(moment.lands.to) ?? 0, place - (ROW - BELOW_ARRIVAL) * zoom));
    }
    const who = moment.packet?.from ?? moment.note?.process;
    if (who !== undefined) {
      const needed = moment.note ? NOTE_ROW * Math.max(zoom, 0.75) : row;
      place = Math.max(place, (lastOf.get(who) ?? -Infinity) + needed, moment.note ? y + needed * 0.8 : y);
      lastOf.set(who, moment.note ? place + needed * 0.3 : place);
    }
    tops.push(place);
    y = place;
    time = moment.at;
  }
  return { tops, gaps, height: y + 2 * row };
}

export function layOut(trace: Trace, packets: Packet[], zoom: number, withNotes: boolean, saysWords: (line: string) => boolean): Layout {
  const moments = momentsOf(packets, withNotes ? trace.output.filter(({ line }) => saysWords(line)) : [],
    withNotes ? trace.events : []);
  const { tops, gaps, height } = heights(moments, zoom, holeOf(trace), trace.packetsLeftOut);
  const lands = new Map<Packet, number>();
  const places = new Map<Packet, number>();
  const copies = new Map<Packet, number[]>();
  moments.forEach((moment, index) => {
    if (moment.lands) lands.set(moment.lands, tops[index] ?? 0);
    if (moment.copy) copies.set(moment.copy, [...copies.get(moment.copy) ?? [], tops[index] ?? 0]);
    if (moment.packet) places.set(moment.packet, tops[index] ?? 0);
  });

  const items: Item[] = [...gaps];
  moments.forEach((moment, index) => {
    const top = tops[index] ?? 0;
    if (moment.note) {
      items.push({ kind: moment.note.kind, top: top - 12, bottom: top + 12, at: moment.at, ...pick(moment.note) });
    } else if (moment.packet) {
      const packet = moment.packet;
      const copied = copies.get(packet) ?? [];
      const landing = lands.get(packet) ?? top + ROW * zoom * 0.6;
      items.push({ kind: "packet", top: top - 14, bottom: Math.max(landing, top, ...copied) + 12, packet, lands: landing, copies: copied });
      const repeated = packet.again === null ? undefined : trace.packets[packet.again];
      const origin = repeated && places.get(repeated);
      if (origin !== undefined) items.push({ kind: "arc", top: origin, bottom: top, packet });
    }
  });
  items.sort((a, b) => a.top - b.top);
  let lowest = 0;
  const reach = items.map((item) => (lowest = Math.max(lowest, item.bottom)));
  return { items, reach, places, height };
}

function pick(note: { process: string; lines: string[] }): { process: string; lines: string[] } {
  return { process: note.process, lines: note.lines };
}

// The items between two heights: those before the first whose reach touches the range are above it.
export function itemsBetween({ items, reach }: Layout, top: number, bottom: number): Item[] {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((reach[middle] ?? 0) < top) low = middle + 1;
    else high = middle;
  }
  const found: Item[] = [];
  for (let index = low; index < items.length; index += 1) {
    const item = items[index];
    if (item === undefined || item.top > bottom) break;
    if (item.bottom >= top) found.push(item);
  }
  return found;
}
