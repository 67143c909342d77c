// A packet and its fate in words.

import { duration, moment } from "./numbers";
import type { PacketVerdict } from "./results";
import type { Mark, Packet } from "./trace";

export const marks: { mark: Mark; title: string }[] = [
  { mark: "lost", title: "lost" },
  { mark: "undeliverable", title: "undeliverable" },
  { mark: "late", title: "late" },
  { mark: "overtaken", title: "overtaken" },
  { mark: "twice", title: "twice" },
  { mark: "flipped", title: "flipped" },
  { mark: "repeats", title: "repeated" },
];

const reasonsOfLoss: Record<string, string> = {
  loss: "loss", queue: "full queue", aqm: "managed queue", mtu: "too large", exact: "exact rule", cut: "link was cut",
  partition: "partitioned", rebind: "new port",
};

export function lostBy(packet: Packet): string {
  return packet.rules.map((rule) => reasonsOfLoss[rule]).filter(Boolean).join(", ");
}

function delayOf(packet: Packet): number | null {
  return packet.arrives === null ? null : packet.arrives - packet.at;
}

// What befell it, short; empty where it just arrived.
export function fateWords(packet: Packet): string {
  const words: string[] = [];
  if (packet.marks.has("lost")) words.push(lostBy(packet) ? `lost: ${lostBy(packet)}` : "lost");
  if (packet.marks.has("undeliverable")) words.push("nobody listens");
  if (packet.marks.has("late")) words.push(`takes ${duration(delayOf(packet))}`);
  if (packet.marks.has("overtaken")) words.push("overtaken");
  if (packet.marks.has("twice")) words.push(packet.copies.length > 1 ? `comes ${packet.copies.length + 1} times` : "comes twice");
  if (packet.marks.has("flipped")) words.push("bits flipped");
  return words.join(", ");
}

export function verdictWords(verdict: PacketVerdict): string {
  switch (verdict.if_lost) {
    case "costs": return `its loss would cost ${duration(verdict.cost_ms)}`;
    case "fatal": return verdict.failure ? `its loss is fatal: ${verdict.failure}` : "its loss is fatal";
    case "harmless": return "its loss is harmless";
    default: return "it is lost anyway";
  }
}

// The same beside an arrow.
export function verdictMark({ verdict }: Packet): string {
  return verdict?.if_lost === "fatal" ? "◆ fatal if lost"
    : verdict?.if_lost === "costs" ? `◇ costs ${duration(verdict.cost_ms)}` : "";
}

// For people who listen: what stands on the ladder, and what its lines say.
export function packetSentence(packet: Packet): string {
  const onLadder = [packet.words, fateWords(packet), verdictMark(packet)].filter(Boolean).join(" ");
  const delay = delayOf(packet);
  return [onLadder, `${packet.from} to ${packet.to} at ${moment(packet.at)}`,
    delay === null ? "" : `arrives after ${duration(delay)}`,
    packet.marks.has("repeats") ? "a repetition" : ""].filter(Boolean).join(", ");
}
