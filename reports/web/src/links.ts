// What each link was asked to do, and what it did.

import { type Child, element, quiet, table } from "./dom";
import { count, duration, inWords, isNumber, percent, wilson } from "./numbers";
import type { Achieved, Counts, Direction, Json, Link, Run, StreamCounts } from "./results";

type Asked = Record<string, Json>;

function isObject(value: unknown): value is Asked {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

// A direction's own settings override those for both directions.
export function askedOf(link: Link, direction: Direction): Asked {
  if (!isObject(link.asked)) {
    return {};
  }
  const { up, down, ...both } = link.asked;
  const own = direction === "up" ? up : down;
  return { ...both, ...(isObject(own) ? own : {}) };
}

function askedInWords(asked: Asked): string {
  const parts = Object.entries(asked).map(([key, value]) =>
    key === "loss" && isNumber(value) ? `loss ${percent(value)}` : `${key} ${inWords(value)}`);
  return parts.join("; ") || "nothing";
}

// A number, its 95 % interval, and a remark when the asked value is outside, by more than what it
// may be too high by itself.
function achievedCell(one: Achieved | undefined, words: (value: number) => string, tooHigh = 0): Child {
  if (one === undefined || !isNumber(one.achieved)) {
    return "–";
  }
  const { asked, achieved } = one;
  const low = one.low ?? achieved;
  const high = one.high ?? achieved;
  const outside = isNumber(asked) && (asked < low - tooHigh || asked > high);
  return element("span", {},
    element("strong", {}, words(achieved)),
    quiet(` [${words(low)}, ${words(high)}]`),
    outside ? element("span", { class: "remark" }, ` asked ${words(asked)} is outside`) : null);
}

// Results of other tools may have only the counters.
function lossAchieved(counts: Counts, asked: Asked): Child {
  if (counts.fidelity?.loss) {
    return achievedCell(counts.fidelity.loss, percent);
  }
  const { offered = 0, dropped = 0 } = counts;
  if (!(offered > 0 && dropped <= offered)) {
    return "–";
  }
  const share = isNumber(asked["loss"]) ? asked["loss"] : null;
  return achievedCell({ asked: share, achieved: dropped / offered, ...wilson(dropped, offered) }, percent);
}

function droppedBy(counts: Counts): string {
  const rules = Object.entries(counts.dropped_by ?? {}).filter(([, times]) => times > 0);
  return rules.map(([rule, times]) => `${rule} ${count(times)}`).join(", ") || "–";
}

function countAndShare(value: number | undefined, offered: number): Child {
  if (!isNumber(value)) {
    return "–";
  }
  return element("span", {}, count(value),
    value > 0 && offered > 0 ? quiet(` (${percent(value / offered)})`) : null);
}

// What was asked of a direction, and how often it did something.
function struckBy(counts: Counts): string {
  const parts = Object.entries(counts.struck ?? {}).filter(([key]) => key !== "exact")
    .map(([key, times]) => `${key} ${count(times)}`);
  const rules = (counts.rules ?? []).map(({ struck }, index) => `exact ${index + 1}: ${count(struck)}`);
  return [...parts, ...rules].join(", ") || "–";
}

const fates = ["delivered", "dropped", "duplicated", "corrupted", "reordered"] as const;
const rareFates = ["rebound", "marked", "not_capable", "undeliverable", "in_flight"] as const;

const tcpRows: [title: string, cell: (tcp: StreamCounts) => Child][] = [
  ["TCP segments", (tcp) => count(tcp.segments)],
  ["… lost", (tcp) => countAndShare(tcp.lost, tcp.segments ?? 0)],
  ["… sent again", (tcp) => countAndShare(tcp.retransmitted, tcp.segments ?? 0)],
  ["… timeouts of their sender", (tcp) => count(tcp.timeouts)],
  ["… stalls by a loss, the longest", (tcp) =>
    (tcp.stalls ?? 0) > 0 ? `${count(tcp.stalls)}, ${duration(tcp.longest_stall_ms)}` : count(tcp.stalls)],
];

// A column per direction, so that the table fits a phone.
function linkTable(name: string, link: Link): HTMLElement {
  const directions = (["up", "down"] as const).filter((direction) => link[direction]);
  const countsOf = (direction: Direction): Counts => link[direction] ?? {};
  const ever = (fate: (typeof rareFates)[number]): boolean =>
    directions.some((direction) => (countsOf(direction)[fate] ?? 0) > 0);
  const row = (title: string, cell: (counts: Counts, asked: Asked) => Child): Child[] => [
    title, ...directions.map((direction) => cell(countsOf(direction), askedOf(link, direction)))];
  return table(`${name}: asked and achieved`,
    [{ title: "direction" },
     ...directions.map((direction) => ({ title: direction === "up" ? "up ↑" : "down ↓" }))],
    [row("asked", (_, asked) => element("span", { class: "asked" },
       link.asked === undefined ? "–" : askedInWords(asked))),
     row("loss, with its 95 % interval", lossAchieved),
     row("mean delay, with its 95 % interval",
       (counts) => achievedCell(counts.fidelity?.delay_ms, duration, link.lateness_ms?.["p99"] ?? 0)),
     row("packets offered", (counts) => count(counts.offered)),
     ...[...fates, ...rareFates.filter(ever)].map((fate) =>
       row(fate.replace("_", " "), (counts) => countAndShare(counts[fate], counts.offered ?? 0))),
     row("dropped by", droppedBy),
     ...(directions.some((direction) => (countsOf(direction).tcp?.segments ?? 0) > 0) ? tcpRows : [])
       .map(([title, cell]) => row(title, (counts) => (counts.tcp ? cell(counts.tcp) : "–"))),
     row("did something, times", struckBy)]);
}

export function linksSection(run: Run): Child {
  const links = Object.entries(run.links ?? {});
  if (links.length === 0) {
    return null;
  }
  return element("section", {},
    element("h4", {}, "Links"),
    links.map(([name, link]) => element("div", { class: "link" },
      linkTable(name, link),
      (link.dropped_by_kernel ?? 0) > 0
        ? element("p", { class: "remark" }, `The system dropped ${count(link.dropped_by_kernel)} datagrams `
            + "at the relay's own sockets: this machine was too slow for them.")
        : null,
      link.lateness_ms
        ? element("p", { class: "quiet" }, "Packets left late by ",
            ["p50", "p99", "p999", "max"].filter((key) => isNumber(link.lateness_ms?.[key]))
              .map((key) => `${key} ${duration(link.lateness_ms?.[key])}`).join(", "), ".")
        : null)));
}
