// The ladder: packets with their fates, found, chosen and explained.

import { readFileSync, statSync } from "node:fs";
import { expect, test, type Page } from "@playwright/test";
import { expectNoComplaint, makeReport, open, resultsOf, run, transfer, writeFolder } from "./folders";
import type { PacketVerdict } from "../src/results";

const packets = (page: Page) => page.locator("[data-packet]");

async function showTransfer(page: Page, count: number, more = {}): Promise<void> {
  await open(page, makeReport(writeFolder({ results: resultsOf(run({ verdict: "fail", ...more })), traces: [transfer(count)] })));
  await expect(packets(page).first()).toBeVisible();
}

test.afterEach(async ({ page }) => expectNoComplaint(page));

test("a packet says where it went and what befell it", async ({ page }) => {
  await showTransfer(page, 60);
  await expect(page.locator(".ladder-name")).toHaveText(["client", "server"]);
  const lost = page.locator(".packet.lost").first();
  await expect(lost).toHaveAttribute("aria-label", /^data 6 lost: loss, client to server at 69\sms$/);
  await expect(lost.locator(".cross")).toHaveCount(1);
  // It ends on its way: the others reach the other lifeline.
  const end = async (which: string): Promise<number> => Number(await page.locator(`${which} .wire`).first().getAttribute("x2"));
  expect(await end(".packet.lost")).toBeLessThan(await end(".packet.plain"));
  await expect(page.locator(".note.output")).toContainText(["listening on 127.0.0.1:49152"]);
  await expect(page.locator(".note.event")).toContainText(["server starts", "client starts"]);
});

test("arrows slant by the delay, and time goes down", async ({ page }) => {
  await showTransfer(page, 60);
  const lines = await packets(page).evaluateAll((all) => all.map((one) => {
    const wire = one.querySelector(".wire");
    return { index: Number(one.getAttribute("data-packet")), y1: Number(wire?.getAttribute("y1")), y2: Number(wire?.getAttribute("y2")) };
  }));
  const sorted = [...lines].sort((a, b) => a.index - b.index);
  sorted.forEach((line, place) => {
    expect(line.y2).toBeGreaterThan(line.y1);
    if (place > 0) expect(line.y1).toBeGreaterThan(sorted[place - 1]?.y1 ?? 0);
  });
});

test("Enter on a packet opens its details, Escape closes them", async ({ page }) => {
  const fault_map: PacketVerdict[] = [{ link: "wan", direction: "up", nth: 2, if_lost: "costs", cost_ms: 200 }];
  await showTransfer(page, 60, { fault_map });
  const ladder = page.getByRole("listbox");
  await ladder.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const details = page.getByRole("complementary");
  await expect(details).toBeFocused();
  await expect(details).toContainText("data 1 client → server");
  await expect(details).toContainText("wan up, packet 2; flow client, these contents for the first time");
  await expect(details).toContainText(/its loss would cost 200\sms/);
  await expect(details.locator(".hex")).toContainText(/^0000 {2}([0-9a-f]{2} ){7}/);
  await expect(details.locator(".command code")).toHaveText('{"match": {"type": "data", "block": 1}, "flow": "client", "nth": 1, "action": "drop"}');
  await expect(details).toContainText("links.wan.up.exact");
  await page.keyboard.press("Escape");
  await expect(details).toBeHidden();
  await expect(ladder).toBeFocused();
});

test("a repetition leads to what it repeats, and back", async ({ page }) => {
  await showTransfer(page, 60);
  await expect(page.locator(".arc").first()).toBeVisible();
  await page.locator(".packet.again .label").first().click();
  const details = page.locator(".packet-details");
  await expect(details).toContainText("↻ Repeats");
  await details.getByRole("button", { name: /^data 6 at/ }).click();
  await expect(details).toContainText("dropped by loss: asked 0.05, drawn 0.027");
  await expect(details).toContainText("Repeated by");
});

test("the story leads to its packet", async ({ page }) => {
  await showTransfer(page, 300, { story: { kind: "timeout", headline: "client waited for an answer that was lost",
    lines: [{ source: "wire", text: "data 48 was lost", link: "wan", direction: "up", nth: 55, at_ms: 900 }] } });
  const story = page.getByRole("group", { name: "What happened" });
  await expect(story).toContainText("client waited for an answer that was lost");
  await story.getByRole("button", { name: "show it" }).click();
  await expect(page.locator(".packet.selected")).toBeInViewport();
  await expect(page.locator(".packet-details")).toContainText("wan up, packet 55");
});

test("packets are filtered by fate, kind and words", async ({ page }) => {
  await showTransfer(page, 300);
  const status = page.locator(".below [role=status]");
  await expect(status).toHaveText("300 packets");
  const lost = page.locator("[data-mark=lost]");
  const total = Number(await lost.locator(".total").innerText());
  await lost.click();
  await expect(status).toHaveText(`${total} of 300 packets`);
  for (const label of await packets(page).evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")))) {
    expect(label).toContain("lost");
  }
  await page.getByLabel("Show kinds").selectOption("ack");
  expect(Number((await status.innerText()).split(" ")[0])).toBeLessThan(total);
  await lost.click();
  await page.getByLabel("Show kinds").selectOption("");
  await page.getByLabel("Search packets and output").fill("data 100");
  await expect(status).toHaveText(/^[12] of 300 packets$/);
});

test("a table says the same, a page at a time", async ({ page }) => {
  await showTransfer(page, 300);
  await page.getByRole("button", { name: "Table" }).click();
  const rows = page.getByRole("group", { name: /Packets 1 to 100 of 300/ }).locator("tbody tr");
  await expect(rows).toHaveCount(100);
  await expect(rows.nth(12)).toContainText("lost: loss");
  await page.getByRole("button", { name: "Later" }).click();
  await expect(page.getByRole("group", { name: /Packets 101 to 200 of 300/ })).toBeVisible();
  await page.locator(".packet-table tbody tr").first().getByRole("button").click();
  await expect(page.locator(".packet-details")).toBeVisible();
});

test("zoom and output are chosen", async ({ page }) => {
  await showTransfer(page, 60);
  const height = (): Promise<number> => page.locator(".ladder-sheet").evaluate((sheet) => sheet.clientHeight);
  const before = await height();
  await page.getByRole("button", { name: "Zoom out" }).click();
  expect(await height()).toBeLessThan(before);
  await page.getByRole("button", { name: "Output" }).click();
  await expect(page.locator(".note")).toHaveCount(0);
});

test("a hundred runs, one with 10,000 packets: under 10 MB, and quickly there", async ({ page }) => {
  const runs = Array.from({ length: 100 }, (_, index) => run({ scenario: `${index}.json`, verdict: index === 0 ? "fail" : "pass" }));
  const traces = runs.map((_, index) => transfer(index === 0 ? 10_000 : 1_000, `client${index}`));
  const file = makeReport(writeFolder({ results: resultsOf(...runs), traces }));
  expect(statSync(file).size).toBeLessThan(10_000_000);
  const begin = Date.now();
  await open(page, file);
  await packets(page).first().locator(".label").click();
  await expect(page.locator(".packet-details")).toBeVisible();
  const took = Date.now() - begin;
  console.log(`${(statSync(file).size / 1e6).toFixed(1)} MB, interactive after ${took} ms`);
  expect(took).toBeLessThan(15_000); // a wide limit: a busy machine is no failure
  // Only what is in view is there.
  expect(await packets(page).count()).toBeLessThan(300);
  await page.getByRole("listbox").press("End");
  await expect(packets(page).last()).toBeVisible();
  await expect(page.locator(".packet.selected")).toBeInViewport();
});

test("where packets are left out in the middle, the ladder and the charts say so", async ({ page }) => {
  const trace = transfer(400);
  trace.packets?.data?.splice(100, 200);
  trace.packets_left_out = 200;
  const again = trace.packets?.columns?.indexOf("again") ?? 0;
  for (const row of trace.packets?.data ?? []) row[again] = null;
  await open(page, makeReport(writeFolder({ results: resultsOf(run({ verdict: "fail" })), traces: [trace] })));
  await page.getByLabel("Search packets and output").fill("ack");
  await expect(page.getByText("200 packets more passed, which the trace does not hold.")).toBeVisible();
  await page.getByRole("listbox").evaluate((ladder) => { ladder.scrollTop = ladder.scrollHeight / 2; });
  await expect(page.locator(".gap", { hasText: "200 packets left out" })).toBeAttached();
  await expect(page.getByRole("img", { name: /what passed from .* to .* is not known/ })).toBeAttached();
});

test("a trace that is too large loses its contents, and the page says so", async ({ page }) => {
  const trace = transfer(10_000);
  const head = trace.packets?.columns?.indexOf("head") ?? 0;
  // Contents that no packing makes smaller.
  let state = 1;
  for (const row of trace.packets?.data ?? []) {
    row[head] = Array.from({ length: 64 }, () => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return (Math.floor(state / 65536) % 256).toString(16).padStart(2, "0");
    }).join("");
  }
  const runs = Array.from({ length: 10 }, (_, index) => run({ scenario: `${index}.json`, verdict: index === 0 ? "fail" : "pass" }));
  const file = makeReport(writeFolder({ results: resultsOf(...runs), traces: runs.map(() => trace) }));
  expect(statSync(file).size).toBeLessThan(10_000_000);
  expect(readFileSync(file, "utf8")).toContain('"without_heads":true');
  await open(page, file);
  await expect(page.getByText("the contents of the packets are left out").first()).toBeVisible();
});
