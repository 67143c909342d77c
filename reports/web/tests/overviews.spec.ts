// What the report says of several runs: grids, folders against each other, two runs side by side, and
// what was proved.

import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, type Page } from "@playwright/test";
import { violations } from "./axe";
import { badwire, expectNoComplaint, makeReport, newFolder, open, resultsOf, root, run, transfer, writeFolder } from "./folders";
import type { Theory } from "../src/results";

test.afterEach(async ({ page }) => {
  expect(await violations(page)).toEqual([]);
  expectNoComplaint(page);
});

const text = async (page: Page, place: string): Promise<string> => (await page.locator(place).innerText()).replace(/\s+/g, " ");

test("a matrix is a grid of verdicts, over any two parameters", async ({ page }) => {
  const implementations = ["ours", "python", "c"];
  const runs = implementations.flatMap((server) => implementations.map((client) =>
    run({ matrix: { server, client, wire: "classic" }, verdict: client === "c" && server === "ours" ? "fail" : "pass" })));
  await open(page, makeReport(writeFolder({ results: resultsOf(...runs, run({ matrix: { server: "ours", client: "ours", wire: "framed" } })) })));
  const grid = page.getByRole("table", { name: "Verdicts by client and server" });
  await expect(grid.getByRole("row")).toHaveCount(4);
  await expect(grid.getByRole("row", { name: /^c / }).getByRole("cell")).toHaveText(["✗ fail", "✓ pass", "✓ pass"]);
  await expect(grid.getByRole("row", { name: /^ours/ }).getByRole("cell").first()).toHaveText("✓ 2 of 2");
  await grid.getByRole("link", { name: "fail" }).click();
  await expect(page.locator("#run-3")).toHaveAttribute("open", "");
  await page.getByLabel("Columns").selectOption("wire");
  await expect(page.getByRole("table", { name: "Verdicts by client and wire" })).toBeVisible();
});

test("what is known not to pass is told from what is not", async ({ page }) => {
  const cell = (client: string, verdict: "pass" | "fail", more = {}) => ["ours", "theirs"].map((server) => run({ matrix: { client, server }, verdict: server === "ours" ? "pass" : verdict, ...(server === "ours" ? {} : more) }));
  await open(page, makeReport(writeFolder({ results: resultsOf(...cell("framed", "fail", { known: "it knows another wire" }), ...cell("classic", "fail")) })));
  const grid = page.getByRole("table", { name: "Verdicts by client and server" });
  await expect(grid.getByRole("row", { name: /^framed/ }).getByRole("cell").last()).toHaveText("✗ fail, known");
  await expect(grid.getByRole("row", { name: /^classic/ }).getByRole("cell").last()).toHaveText("✗ fail");
  await grid.getByRole("link", { name: "known" }).click();
  await expect(page.locator("#run-2")).toContainText("Known: it knows another wire");
});

test("a folder is held against another", async ({ page }) => {
  const before = writeFolder({ results: resultsOf(run({ scenario: "a" }), run({ scenario: "b", verdict: "fail" }), run({ scenario: "c", elapsed_ms: 100 }), run({ scenario: "gone" })),
    traces: [transfer(30)] });
  const story = { kind: "exit", headline: "client gave up", lines: [] };
  const now = writeFolder({ results: resultsOf(run({ scenario: "a", verdict: "fail", story }), run({ scenario: "b" }), run({ scenario: "c", elapsed_ms: 300 }), run({ scenario: "fresh" })),
    traces: [transfer(24)] });
  await open(page, makeReport(now, "--against", before));
  const words = await text(page, "section[aria-labelledby=against]");
  expect(words).toContain("no longer pass: 1, pass now: 1, new: 1, gone: 1, as before: 1.");
  expect(words).toMatch(/pass ✗ ?fail a .*client gave up/);
  expect(words).toContain("took 100 ms, now 300 ms");
  await page.getByRole("button", { name: "side by side" }).first().click();
  await expect(page.locator(".divergence")).toContainText("6 packets of 30 differ");
  await expect(page.locator(".divergence")).toContainText("only in the second");
});

test("two networks stand side by side, at the first packet that only one has", async ({ page }) => {
  const out = join(newFolder(), "out");
  const made = spawnSync(badwire, ["run", "scenarios/demo/lossy_ftp.json", "--network", "virtual,relay", "--seed", "1", "--out", out], { cwd: root, encoding: "utf8" });
  expect(made.status, made.stderr).not.toBe(2);
  await open(page, join(out, "report.html"));
  await expect(page.getByRole("heading", { name: "Networks, compared" })).toBeVisible();
  await page.getByRole("button", { name: "side by side" }).click();
  await expect(page.locator(".half .ladder")).toHaveCount(2);
  await expect(page.locator(".divergence")).toContainText(/packets? of [\d,]+ differ|are the same/);
});

test("a pass beside a failure: the packet that made the difference is marked", async ({ page }) => {
  const [good, bad] = [transfer(40), transfer(40)];
  const columns = bad.packets?.columns ?? [];
  const row = bad.packets?.data?.[4];
  if (!row) throw new Error("no row");
  row[columns.indexOf("fate")] = "dropped";
  row[columns.indexOf("arrives_ms")] = null;
  row[columns.indexOf("rules")] = ["exact"];
  await open(page, makeReport(writeFolder({ results: resultsOf(run(), run({ seed: 2, verdict: "fail" })), traces: [good, bad] })));
  await page.getByText("Two runs, side by side").click();
  await expect(page.locator(".divergence")).toHaveText(/^1 packet of 40 differ\. The first: data 2, client to server, at 23\sms: lost: exact rule against delivered\.$/);
  await expect(page.locator(".half .packet.marked.selected")).toHaveCount(2);
});

test("a certificate and a counterexample are told", async ({ page }) => {
  const folder = newFolder();
  const out = join(folder, "out");
  execFileSync(badwire, ["run", "scenarios/certified/chat.json", "--network", "virtual", "--out", out], { cwd: root });
  const made = spawnSync(badwire, ["certify", "scenarios/certified/chat.json", "--at-most", "1", "--first", "5", "--out", join(out, "certificate.json")], { cwd: root, encoding: "utf8" });
  expect(made.status, made.stderr).toBe(0);
  await open(page, makeReport(out));
  expect(await text(page, ".certificate")).toContain("Certified No pattern of at most 1 fault (drop) among the first 5 packets makes it fail.");

  writeFileSync(join(out, "certificate.json"), JSON.stringify({ certified: false, at_most: 2, first: 20, faults: ["drop"], failure: "exit of ann",
    counterexample: [{ link: "wan", direction: "up", rule: { nth: 2, action: "drop" }, told: "wan up: data 2 is dropped" }] }));
  await open(page, makeReport(out));
  expect(await text(page, ".certificate")).toContain("1 fault, of at most 2 faults (drop), among the first 20 packets makes it fail: exit of ann");
  await expect(page.locator(".certificate .command code")).toHaveText('{"action": "drop", "nth": 2}');
  writeFileSync(join(out, "certificate.json"), "no certificate at all");
  await open(page, makeReport(out));
  await expect(page.locator(".certificate")).toHaveCount(0);
});

test("a deadlock is drawn: who waits for whom, and what was lost", async ({ page }) => {
  const folder = newFolder();
  writeFileSync(join(folder, "a.json"), JSON.stringify({
    links: { wan: { up: { exact: [{ match: { text: "how are you?" }, nth: 1 }] } } },
    processes: { bob: { program: "udp-chat", args: ["--wire", "classic"], input: ["hi", "fine"] },
      ann: { program: "udp-chat", args: ["--wire", "classic"], to: "bob", over: "wan", input: ["hello", "how are you?"] } } }));
  spawnSync(badwire, ["run", join(folder, "a.json"), "--network", "virtual", "--out", join(folder, "out")]);
  await open(page, join(folder, "out", "report.html"));
  const picture = page.locator("svg.deadlock");
  await expect(picture).toHaveAttribute("aria-label", /bob depends on ann: "how are you\?" was lost/);
  await expect(picture).toHaveAttribute("aria-label", /ann depends on bob: waits for a datagram/);
  await expect(picture.locator(".waits.lost")).toHaveCount(1);
});

test("what passed over time is drawn, and waiting beside theory", async ({ page }) => {
  const waiting = Array.from({ length: 200 }, (_, index) => ({ client: `c${index}`, arrival_ms: index * 10, waiting_ms: index % 4 === 0 ? 0 : index / 20, service_ms: 1 }));
  const theory: Theory[] = [{ scenario: "a.json", network: "virtual", clients: "c", model: "M/M/1", verdict: "agrees", message: "", runs: 1,
    waiting_ms: { mean: 5 }, theory_ms: 5, utilisation: 0.8, arrivals_per_s: 80, service_ms: 10 }];
  await open(page, makeReport(writeFolder({ results: { ...resultsOf(run({ waiting })), theory }, traces: [transfer(200)] })));
  await expect(page.getByRole("img", { name: /Throughput over time\. [\d.]+ kB\/s/ })).toHaveAttribute("data-drawn", "true");
  await expect(page.getByRole("img", { name: /At most 1 packet on the way at once; \d+ packets sent again/ })).toHaveAttribute("data-drawn", "true");
  await expect(page.getByRole("img", { name: /Of 200 clients 25\s% waited not at all.*M\/M\/1 expects a mean of 5\sms/ })).toHaveAttribute("data-drawn", "true");
});
