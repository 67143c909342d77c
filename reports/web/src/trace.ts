// What passed between the processes of a run: every packet with its fate, what the processes printed,
// and when they began and ended. trace.json holds it as columns and rows.

import { isNumber } from "./numbers";
import type { Direction, Json, PackedTrace, PacketVerdict } from "./results";

export type Mark = "lost" | "undeliverable" | "late" | "twice" | "overtaken" | "flipped" | "repeats";

export interface Packet {
  index: number;
  at: number;
  link: string;
  direction: Direction;
  from: string;
  to: string;
  flow: string;
  nth: number;
  bytes: number;
  words: string;
  kind: string; // the first of its words: "data" of "data 34"
  fate: string;
  arrives: number | null;
  copies: number[]; // when its copies arrive
  why: string;
  rules: string[];
  occurrence: number;
  again: number | null; // the index of the packet that it repeats
  strike: Json;
  head: string;
  marks: Set<Mark>;
  verdict?: PacketVerdict;
}

export interface Said { at: number; process: string; line: string }
export interface Happened { at: number; process: string; what: string }

export interface Trace {
  packets: Packet[];
  packetsLeftOut: number;
  output: Said[];
  outputLeftOut: number;
  events: Happened[];
  withoutHeads: boolean;
}

interface Rows { columns?: string[]; data?: Json[][] }
export interface TraceFile {
  packets?: Rows;
  packets_left_out?: number;
  output?: Rows;
  output_left_out?: number;
  events?: Rows;
}

export const packetColumns = ["at_ms", "link", "direction", "from", "to", "flow", "nth", "bytes", "words", "fate",
  "arrives_ms", "why", "rules", "occurrence", "again", "strike", "copies_ms", "head"];

type Cell = (name: string) => Json | undefined;

function eachRow<T>(rows: Rows | undefined, read: (cell: Cell, index: number) => T): T[] {
  const places = new Map((rows?.columns ?? []).map((name, place) => [name, place]));
  return (rows?.data ?? []).map((row, index) => read((name) => row[places.get(name) ?? -1], index));
}

const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const number = (value: Json | undefined): number => (isNumber(value) ? value : 0);

function kindOf(words: string): string {
  const first = words.split(" ", 1)[0] ?? "";
  return /^[A-Za-z]/.test(first) ? first : words.startsWith('"') ? "text" : "other";
}

// Pure acknowledgments of TCP have one coordinate as long as their sender sends no data, and say
// something new each time.
function isPureAcknowledgment({ strike }: Packet): boolean {
  return typeof strike === "object" && strike !== null && !Array.isArray(strike) && strike["tcp"] === "ack";
}

function ownMarks(packet: Packet): Set<Mark> {
  const marks = new Set<Mark>();
  const struckBy = (...rules: string[]): boolean => rules.some((rule) => packet.rules.includes(rule));
  if (packet.fate === "dropped") marks.add("lost");
  if (packet.fate === "undeliverable") marks.add("undeliverable");
  if (packet.fate === "delivered" && struckBy("delay", "queue", "reorder")) marks.add("late");
  if (packet.copies.length > 0 || struckBy("duplicate")) marks.add("twice");
  if (struckBy("corrupt")) marks.add("flipped");
  if ((packet.again !== null || packet.occurrence > 0) && !isPureAcknowledgment(packet)) marks.add("repeats");
  return marks;
}

export function packetOf(cell: Cell, index: number): Packet {
  const rules = cell("rules");
  const words = text(cell("words")) || `${number(cell("bytes"))} bytes`;
  const arrives = cell("arrives_ms");
  const again = cell("again");
  const copies = cell("copies_ms");
  const packet: Packet = {
    index, at: number(cell("at_ms")), link: text(cell("link")),
    direction: cell("direction") === "down" ? "down" : "up",
    from: text(cell("from")), to: text(cell("to")), flow: text(cell("flow")), nth: number(cell("nth")),
    bytes: number(cell("bytes")), words, kind: kindOf(words), fate: text(cell("fate")),
    arrives: isNumber(arrives) ? arrives : null, why: text(cell("why")),
    rules: Array.isArray(rules) ? rules.map(text) : [], occurrence: number(cell("occurrence")),
    again: isNumber(again) ? again : null,
    copies: Array.isArray(copies) ? copies.filter(isNumber) : [], strike: cell("strike") ?? null, head: text(cell("head")), marks: new Set(),
  };
  packet.marks = ownMarks(packet);
  return packet;
}

// As they were sent: a network that runs tells of a packet when its fate is final.
export function inTime(packets: Packet[]): Packet[] {
  return [...packets].sort((a, b) => a.at - b.at || a.index - b.index);
}

// A packet is overtaken where one that was sent later in its direction arrives earlier.
export function markOvertaken(packets: Packet[]): void {
  const earliest = new Map<string, number>();
  for (const packet of inTime(packets).reverse()) {
    if (packet.arrives === null) {
      continue;
    }
    const lane = `${packet.link} ${packet.direction} ${packet.to}`;
    const later = earliest.get(lane) ?? Infinity;
    if (later < packet.arrives) {
      packet.marks.add("overtaken");
    }
    earliest.set(lane, Math.min(later, packet.arrives));
  }
}

export function traceOf(file: TraceFile, withoutHeads = false): Trace {
  const packets = eachRow(file.packets, packetOf);
  markOvertaken(packets);
  return {
    packets,
    packetsLeftOut: number(file.packets_left_out),
    output: eachRow(file.output, (cell) =>
      ({ at: number(cell("at_ms")), process: text(cell("process")), line: text(cell("line")) })),
    outputLeftOut: number(file.output_left_out),
    events: eachRow(file.events, (cell) =>
      ({ at: number(cell("at_ms")), process: text(cell("process")), what: text(cell("what")) })),
    withoutHeads,
  };
}

async function inflated(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}

export async function unpackTrace(packed: PackedTrace): Promise<Trace> {
  return traceOf(JSON.parse(await inflated(packed.deflate)) as TraceFile, packed.without_heads);
}

export interface Hole { from: number; to: number }

// Of a long run only the beginning and the end are kept: where the numbers of a direction jump.
export function holeOf(trace: Trace): Hole | null {
  const last = new Map<string, Packet>();
  for (const packet of trace.packetsLeftOut > 0 ? trace.packets : []) {
    const lane = `${packet.link} ${packet.direction}`;
    const before = last.get(lane);
    if (before && packet.nth > before.nth + 1) {
      return { from: trace.packets[packet.index - 1]?.at ?? before.at, to: packet.at };
    }
    last.set(lane, packet);
  }
  return null;
}

// What a packet's loss would mean, where `badwire explain` has tried.
export function addVerdicts(trace: Trace, verdicts: PacketVerdict[]): void {
  const key = (link?: string, direction?: string, nth?: number): string => `${link} ${direction} ${nth}`;
  const known = new Map(verdicts.map((one) => [key(one.link, one.direction, one.nth), one]));
  for (const packet of trace.packets) {
    const verdict = known.get(key(packet.link, packet.direction, packet.nth));
    if (verdict) {
      packet.verdict = verdict;
    }
  }
}

// The lifelines from left to right: who sends up before who is sent to, each in order of appearance.
export function processesOf(trace: Trace): string[] {
  const left = new Set<string>();
  const right = new Set<string>();
  for (const packet of trace.packets) {
    left.add(packet.direction === "up" ? packet.from : packet.to);
    right.add(packet.direction === "up" ? packet.to : packet.from);
  }
  const others = [...trace.events, ...trace.output].map(({ process }) => process);
  return [...new Set([...left, ...right, ...others])].filter((name) => name !== "");
}
