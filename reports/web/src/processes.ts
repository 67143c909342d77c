// How each process ended, what it counted, and what it said.

import { type Child, commandCode, element, lazyDetails, output, quiet, table, visibleText } from "./dom";
import { count, duration, inWords, isNumber } from "./numbers";
import type { Json, Process, Run } from "./results";

function commandLine(process: Process): string {
  const plain = /^[\w@%+=:,./-]+$/;
  const quote = (word: string): string => (plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
  return [process.program, ...(process.arguments ?? [])]
    .filter((word) => word !== undefined).map(quote).join(" ");
}

function exitText(process: Process): Child {
  if (process.exit === undefined || process.exit === null) {
    return quiet("no exit code");
  }
  return element("span", { class: process.exit === 0 ? "exit" : "exit nonzero" },
    isNumber(process.exit) ? `exit ${process.exit}` : inWords(process.exit));
}

function metricValue(key: string, value: Json): Child {
  if (isNumber(value)) {
    // In the unit that the name says; long times also as people read them.
    return key.endsWith("_ms") && Math.abs(value) >= 1000
      ? element("span", {}, count(value), quiet(` (${duration(value)})`))
      : count(value);
  }
  return inWords(value);
}

function processBlock(name: string, process: Process, troubled: boolean): HTMLElement {
  const command = commandLine(process);
  const ran = isNumber(process.started_ms) && isNumber(process.ended_ms)
    ? `ran ${duration(process.ended_ms - process.started_ms)}, ` +
      `from ${duration(process.started_ms)} to ${duration(process.ended_ms)}`
    : null;
  const metrics = Object.entries(process.metrics ?? {});
  return element("article", { class: "process" },
    element("h5", {}, name),
    element("p", { class: "facts" }, exitText(process), ran ? quiet(ran) : null),
    command ? element("p", { class: "wrap" }, commandCode(visibleText(command))) : null,
    metrics.length
      ? table(`Metrics of ${name}`, [{ title: "metric" }, { title: "value", numeric: true }],
          metrics.map(([key, value]) => [key, metricValue(key, value)]), { quietCaption: true })
      : null,
    process.stdout ? output(`Standard output of ${name}`, process.stdout) : null,
    process.stderr
      ? output(`Standard error of ${name}`, process.stderr, troubled && process.exit !== 0)
      : null);
}

const PROCESSES_SHOWN = 12;

// Of very many, those that did not end well are shown, and the others on request.
export function processesSection(run: Run): Child {
  const processes = Object.entries(run.processes ?? {});
  if (processes.length === 0) {
    return null;
  }
  const blocks = (some: [string, Process][]): HTMLElement => element("div", { class: "processes" },
    some.map(([name, process]) => processBlock(name, process, run.verdict !== "pass")));
  const shown = processes.length <= PROCESSES_SHOWN ? processes
    : processes.filter(([, { exit }]) => exit !== 0).slice(0, PROCESSES_SHOWN);
  return element("section", {},
    element("h4", {}, "Processes"),
    shown.length ? blocks(shown) : null,
    shown.length < processes.length
      ? lazyDetails({}, element("summary", {}, `All ${processes.length} processes`), () => blocks(processes)).node
      : null);
}
