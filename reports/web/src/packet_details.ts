// Everything about one packet: why it met its fate, what it holds, and the rule that would strike it.

import { type Child, copyable, element, quiet, visibleText } from "./dom";
import { count, counted, duration, moment, spacedJson } from "./numbers";
import { fateWords, verdictWords } from "./packet_words";
import type { Packet, Trace } from "./trace";

// Eight bytes in a line: where, in hexadecimal, and as text.
export function hexDump(head: string): string {
  const bytes = head.match(/../g) ?? [];
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 8) {
    const part = bytes.slice(at, at + 8);
    const letters = part.map((byte) => {
      const code = parseInt(byte, 16);
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : "·";
    }).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${part.join(" ").padEnd(23)}  ${letters}`);
  }
  return lines.join("\n");
}

function contents(packet: Packet, trace: Trace): Child {
  if (packet.head === "") {
    return element("p", { class: "quiet" }, trace.withoutHeads
      ? "The contents of packets are left out of this page, which would be too large with them; they are in trace.json in the run's folder."
      : "It is empty.");
  }
  const shown = packet.head.length / 2;
  return [
    element("pre", { class: "hex", tabindex: "0", role: "group", "aria-label": "Contents in hexadecimal" }, hexDump(packet.head)),
    shown < packet.bytes ? element("p", { class: "quiet" }, `The first ${shown} of ${count(packet.bytes)} bytes.`) : null,
  ];
}

function facts(packet: Packet): Child {
  const rows: [string, string][] = [
    ["sent", `${moment(packet.at)} by ${packet.from}`],
    ["arrives", packet.arrives === null ? "never"
      : `${moment(packet.arrives)} at ${packet.to}, after ${duration(packet.arrives - packet.at)}`],
    ["size", counted(packet.bytes, "byte")],
    ["coordinate", `${packet.link} ${packet.direction}, packet ${count(packet.nth)}; flow ${packet.flow || "–"}, `
      + (packet.occurrence === 0 ? "these contents for the first time"
        : `these contents passed ${packet.occurrence === 1 ? "once" : `${packet.occurrence} times`} before`)],
  ];
  return element("dl", { class: "packet-facts" }, rows.map(([term, value]) =>
    [element("dt", {}, term), element("dd", {}, value)]));
}

function repetitions(packet: Packet, trace: Trace, go: (packet: Packet) => void): Child {
  const jump = (to: Packet): Child => element("button", { type: "button", class: "jump", click: () => go(to) },
    `${to.words} at ${moment(to.at)}${fateWords(to) ? ` (${fateWords(to)})` : ""}`);
  const before = packet.again === null ? undefined : trace.packets[packet.again];
  const after = trace.packets.filter((other) => other.again === packet.index).slice(0, 5);
  return [
    before ? element("p", {}, "↻ Repeats ", jump(before)) : null,
    after.length ? element("p", {}, "Repeated by ", after.map((one, index) => [index ? ", " : "", jump(one)])) : null,
  ];
}

function ruleFor(packet: Packet): Child {
  if (packet.strike === null) {
    return null;
  }
  const rule = spacedJson(packet.strike);
  return [
    element("h5", {}, "The rule that strikes just this packet"),
    copyable(rule, element("code", {}, rule), "Rule"),
    element("p", { class: "quiet" }, "In a scenario: one of ",
      element("code", {}, `links.${packet.link}.${packet.direction}.exact`), "."),
  ];
}

export function packetDetails(packet: Packet, trace: Trace, go: (packet: Packet) => void, close: () => void): HTMLElement {
  const fate = fateWords(packet);
  return element("aside", { class: "packet-details", "aria-label": `Packet ${visibleText(packet.words)} at ${moment(packet.at)}`, tabindex: "-1",
    keydown: (event) => { if ((event as KeyboardEvent).key === "Escape") close(); } },
  element("div", { class: "details-head" },
    element("h4", {}, visibleText(packet.words), " ", quiet(`${packet.from} → ${packet.to}`)),
    element("button", { type: "button", class: "close", "aria-label": "Close the packet's details", click: close }, "×")),
  fate ? element("p", { class: `fate-line ${packet.marks.has("lost") ? "lost" : ""}` }, fate) : null,
  packet.why ? element("p", { class: "why" }, visibleText(packet.why)) : null,
  packet.verdict ? element("p", { class: `fault-verdict ${packet.verdict.if_lost === "fatal" ? "fatal" : ""}` },
    `Fault map: ${verdictWords(packet.verdict)}`) : null,
  repetitions(packet, trace, go),
  facts(packet),
  element("h5", {}, "Contents"),
  contents(packet, trace),
  ruleFor(packet));
}
