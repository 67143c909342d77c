// Folders of results for the tests: made by `badwire report` from results.json and traces, as the ones
// of real runs are.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, type Page } from "@playwright/test";
import type { Certificate, Json, Results, Run } from "../src/results";
import type { TraceFile } from "../src/trace";

export const root = resolve(fileURLToPath(import.meta.url), "../../../..");
export const badwire = process.env["BADWIRE"] ?? join(root, "build/ci/badwire");

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "badwire-web-"));
}

export function sample(name: string): Results {
  return JSON.parse(readFileSync(join(root, "reports/samples", `${name}.json`), "utf8")) as Results;
}

export interface Given { results: Results; traces?: (TraceFile | undefined)[]; certificate?: Certificate }

export function writeFolder({ results, traces = [], certificate }: Given): string {
  const folder = newFolder();
  traces.forEach((trace, index) => {
    const run = results.runs[index];
    if (trace && run) {
      run.folder = `runs/${index}`;
      mkdirSync(join(folder, run.folder), { recursive: true });
      writeFileSync(join(folder, run.folder, "trace.json"), JSON.stringify(trace));
    }
  });
  // The largest seed, which JavaScript would round.
  const text = JSON.stringify(results).replaceAll("18446744073709552000", "18446744073709551615");
  writeFileSync(join(folder, "results.json"), text);
  if (certificate) writeFileSync(join(folder, "certificate.json"), JSON.stringify(certificate));
  return folder;
}

export function makeReport(folder: string, ...options: string[]): string {
  execFileSync(badwire, ["report", folder, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  return join(folder, "report.html");
}

// Opens a report; at the end of the test nothing may have been complained of, or fetched.
export async function open(page: Page, file: string, fragment = ""): Promise<void> {
  watch(page);
  await page.goto(pathToFileURL(file).href + fragment);
  await expect(page.locator("html")).toHaveAttribute("data-rendered", "true");
}

const complaints = new WeakMap<Page, string[]>();

function watch(page: Page): void {
  const found: string[] = [];
  complaints.set(page, found);
  page.on("console", (message) => { if (message.type() === "error") found.push(message.text()); });
  page.on("pageerror", (error) => found.push(String(error)));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) found.push(`it asked for ${request.url()}`);
  });
}

export function expectNoComplaint(page: Page): void {
  expect(complaints.get(page) ?? []).toEqual([]);
}

export function run(changes: Partial<Run> = {}): Run {
  return { scenario: "a.json", network: "virtual", seed: 1, repeat: 0, verdict: "pass", ...changes };
}

export function resultsOf(...runs: Run[]): Results {
  return { version: 1, badwire: "0.1.0", title: "badwire run a.json", runs };
}

const columns = ["at_ms", "link", "direction", "from", "to", "flow", "nth", "bytes", "words", "fate", "arrives_ms", "why",
  "rules", "occurrence", "again", "strike", "copies_ms", "head"];

// A file that is sent stop-and-wait over a link that loses every seventh packet and holds up others.
export function transfer(packets: number, flow = "client"): TraceFile {
  const data: Json[][] = [];
  const nth = { up: 0, down: 0 };
  const last = new Map<string, number>();
  let at = 0;
  let block = 0;
  let step = 0;
  const add = (direction: "up" | "down", words: string, bytes: number, fate: Partial<Record<string, Json>> = {}): void => {
    nth[direction] += 1;
    const again = last.get(direction + words) ?? null;
    const [from, to] = direction === "up" ? [flow, "server"] : ["server", flow];
    const head = Array.from({ length: Math.min(64, bytes) }, (_, place) =>
      ((block * 7919 + place * 31 + bytes) % 256).toString(16).padStart(2, "0")).join("");
    const row: Record<string, Json> = {
      at_ms: at, link: "wan", direction, from, to, flow, nth: nth[direction], bytes, words, fate: "delivered",
      arrives_ms: at + 5, why: "", rules: [], occurrence: again === null ? 0 : 1, again,
      copies_ms: [],
      strike: { match: { type: words.split(" ")[0] ?? "", block }, flow, nth: 1, action: "drop" }, head, ...fate,
    };
    last.set(direction + words, data.length);
    data.push(columns.map((name) => row[name] ?? null));
  };
  while (data.length < packets) {
    step += 1;
    const kind = step % 7 === 0 ? "lost" : step % 11 === 0 ? "late" : step % 23 === 0 ? "flipped" : step % 31 === 0 ? "twice" : "";
    const lost = { fate: "dropped", arrives_ms: null, why: "dropped by loss: asked 0.05, drawn 0.027", rules: ["loss"] };
    if (kind === "lost" && step % 2 === 1) {
      add("up", `data ${block}`, 516, lost);
      at += 200;
      continue;
    }
    const late = { arrives_ms: at + 45, why: "delayed by 45 ms: asked uniform 5ms 50ms", rules: ["delay"] };
    const flipped = { why: "2 bits flipped by corrupt", rules: ["corrupt"] };
    const twice = { why: "a copy follows: duplicate", rules: ["duplicate"], copies_ms: [at + 7] };
    add("up", `data ${block}`, 516, kind === "late" ? late : kind === "flipped" ? flipped : kind === "twice" ? twice : {});
    at += kind === "late" ? 46 : 6;
    add("down", `ack ${block}`, 4, kind === "lost" ? lost : {});
    at += kind === "lost" ? 200 : 5.5;
    if (kind !== "lost") block += 1;
  }
  return {
    packets: { columns, data: data.slice(0, packets) }, packets_left_out: 0,
    output: { columns: ["at_ms", "process", "line"], data: [[0, "server", "listening on 127.0.0.1:49152"], [at, flow, `${block} blocks sent`]] },
    output_left_out: 0,
    events: { columns: ["at_ms", "process", "what"], data: [[0, "server", "starts"], [0, flow, "starts"], [at, flow, "ends"]] },
  };
}
