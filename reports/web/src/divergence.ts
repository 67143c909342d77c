// Where two runs part: packets are the same where link, direction, flow, contents and how often they
// passed before are the same.

import type { Packet, Trace } from "./trace";
import { fateWords } from "./packet_words";

export interface Pair { left?: Packet; right?: Packet; differs: string } // differs: in what; empty: in nothing

function coordinates(packets: Packet[]): Map<string, Packet> {
  const times = new Map<string, number>();
  return new Map(packets.map((packet) => {
    const same = `${packet.link}\n${packet.direction}\n${packet.flow}\n${packet.words}\n${packet.bytes}`;
    const nth = times.get(same) ?? 0;
    times.set(same, nth + 1);
    return [`${same}\n${nth}`, packet];
  }));
}

function differenceOf(left: Packet, right: Packet): string {
  const fates = (packet: Packet): string => [packet.fate, ...packet.marks].filter((mark) => !["late", "overtaken", "repeats"].includes(mark)).sort().join();
  return fates(left) === fates(right) ? "" : `${fateWords(left) || left.fate} against ${fateWords(right) || right.fate}`;
}

// In the order of the left run; what only the right one has stands after what came before it there.
export function pairsOf(left: Trace, right: Trace): Pair[] {
  const [ofLeft, ofRight] = [coordinates(left.packets), coordinates(right.packets)];
  const pairs: Pair[] = [];
  const rest = [...ofRight];
  let next = 0;
  const takeOthers = (until: string | null): void => {
    for (; next < rest.length && rest[next]?.[0] !== until; next += 1) {
      const [key, packet] = rest[next] ?? [];
      if (key !== undefined && packet !== undefined && !ofLeft.has(key)) pairs.push({ right: packet, differs: "only in the second" });
    }
  };
  const place = new Map(rest.map(([key], index) => [key, index]));
  for (const [key, packet] of ofLeft) {
    const other = ofRight.get(key);
    if (other && (place.get(key) ?? -1) >= next) {
      takeOthers(key);
      next += 1;
    }
    pairs.push({ left: packet, right: other, differs: other ? differenceOf(packet, other) : "only in the first" });
  }
  takeOthers(null);
  return pairs;
}
