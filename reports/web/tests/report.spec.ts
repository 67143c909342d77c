// The report of runs without traces: what was there before anybody could see packets.

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test, type Page } from "@playwright/test";
import { expectNoComplaint, makeReport, open, resultsOf, run, sample, writeFolder } from "./folders";
import type { Results } from "../src/results";

async function show(page: Page, results: Results, fragment = ""): Promise<void> {
  await open(page, makeReport(writeFolder({ results })), fragment);
}

const openRuns = (page: Page): Promise<string[]> =>
  page.locator("details.run[open]").evaluateAll((runs) => runs.map((one) => one.id.replace("run-", "")));

const text = async (page: Page): Promise<string> => (await page.locator("body").innerText()).replace(/\s+/g, " ");

test.afterEach(async ({ page }) => expectNoComplaint(page));

test("the page shows who waited for how long", async ({ page }) => {
  await show(page, sample("waiting"));
  const words = await text(page);
  expect(words).toContain("2 clients: mean waiting 9.75 s, longest 19.5 s, mean response 20.3 s.");
  expect(words).toContain("second 0.500 20.000 21.000 19.500 1.000 20.500"); // iterative
  expect(words).toContain("second 0.500 0.500 1.500 0.000 1.000 1.000"); // concurrent
  expect(words).toContain("Waiting, compared");
  expect(await openRuns(page)).toEqual(["1", "2"]);
});

// How many pixels of the page's charts have about this colour.
async function pixels(page: Page, [r, g, b]: [number, number, number]): Promise<number[]> {
  return page.locator("canvas").evaluateAll((canvases, wanted) => canvases.map((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const data = (canvas as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
    let found = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (wanted.every((value, channel) => Math.abs((data[at + channel] ?? 0) - value) <= 12)) found += 1;
    }
    return found;
  }), [r, g, b]);
}

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

test("charts are drawn and say what they show", async ({ page }) => {
  await show(page, sample("waiting"));
  const canvases = page.locator("canvas");
  await expect(canvases.first()).toHaveAttribute("role", "img");
  for (const canvas of await canvases.all()) {
    await expect(canvas).toHaveAttribute("data-drawn", "true");
    expect(await canvas.getAttribute("aria-label")).toMatch(/mean waiting|waited/);
  }
  expect(sum(await pixels(page, [0xd9, 0x8c, 0x1f]))).toBeGreaterThan(5000);
  expect(sum(await pixels(page, [0x2f, 0x6f, 0x9f]))).toBeGreaterThan(5000);
});

test("the page follows the dark scheme", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await show(page, sample("waiting"));
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(20, 23, 26)");
  expect(sum(await pixels(page, [0xe0, 0xa0, 0x45]))).toBeGreaterThan(5000);
});

test("links show what was asked and what was achieved", async ({ page }) => {
  await show(page, sample("lossy_ftp"));
  expect(await openRuns(page)).toEqual(["1"]);
  const words = await text(page);
  expect(words).toContain("delay constant 5ms; loss 5 %");
  // Wilson's interval of 35 in 729, as R's prop.test(35, 729, correct = FALSE) gives it.
  expect(words).toContain("4.8 % [3.47 %, 6.6 %]");
  expect(words).toContain("65,536 bytes, the same SHA-256");
  expect(words).toMatch(/retransmissions *71/);
  expect(words).toContain("badwire run scenarios/ftp/stop_and_wait.json --network relay --seed 1");
});

test("failures are open and hostile output is text", async ({ page }) => {
  await show(page, sample("troubled"));
  expect(await openRuns(page)).toEqual(["2", "4"]);
  const words = (await page.locator("body").textContent()) ?? "";
  expect(words).toContain("2 of 3 not met");
  expect(words).toContain("cannot start client: ./client: no such file or directory");
  expect(words).toContain("18446744073709551615");
  expect(await page.locator("pre", { hasText: "<script>alert(1)</script>" }).count()).toBeGreaterThan(0);
  expect(await page.evaluate(() => document.documentElement.dataset["hostile"])).toBeUndefined();
  await expect(page).toHaveTitle("badwire run scenarios · badwire report");
  expect(await page.locator("img").count()).toBe(0);
});

test("a link to a run opens it", async ({ page }) => {
  await show(page, sample("troubled"), "#run-3");
  expect(await openRuns(page)).toEqual(["2", "3", "4"]);
  await expect(page.locator("#run-3")).toContainText("The machine was too busy");
});

test("runs are filtered by verdict and opened by hand", async ({ page }) => {
  await show(page, sample("troubled"));
  await page.getByRole("button", { name: "1 inconclusive" }).click();
  await expect(page.locator("details.run:visible")).toHaveCount(1);
  await expect(page.getByText("1 of 4 runs shown")).toBeVisible();
  // A link to a run that the filter hides shows all runs again.
  await page.evaluate(() => { location.hash = "#run-1"; });
  await expect(page.locator("details.run:visible")).toHaveCount(4);

  await show(page, sample("waiting"));
  const drawn = await page.locator("canvas[data-drawn=true]").count();
  await page.locator("#run-3 > summary").click();
  await expect(page.locator("#run-3 canvas[data-drawn=true]").first()).toBeVisible();
  expect(await page.locator("canvas[data-drawn=true]").count()).toBeGreaterThan(drawn);
  await expect(page.locator("#run-3")).toContainText("24 clients: mean waiting");
});

test("the policy stops scripts that are not the page's own", async ({ page }) => {
  const file = makeReport(writeFolder({ results: sample("lossy_ftp") }));
  const intruder = "<script>document.documentElement.dataset.hostile = 'ran'</script></body>";
  writeFileSync(file, readFileSync(file, "utf8").replace("</body>", intruder));
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  await page.goto(`file://${file}`);
  await expect(page.locator("html")).toHaveAttribute("data-rendered", "true");
  expect(said.join("\n")).toContain("Content Security Policy");
  await expect(page.locator("html")).not.toHaveAttribute("data-hostile");
});

for (const name of ["waiting", "troubled", "lossy_ftp"]) {
  test(`the page fits a phone: ${name}`, async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await show(page, sample(name));
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
}

test("a thousand runs open quickly, and closed ones are not made", async ({ page }) => {
  const results = sample("troubled");
  const [passing, failing] = results.runs;
  if (!passing || !failing) throw new Error("the sample has no runs");
  results.runs = [...Array.from({ length: 999 }, (_, repeat) => ({ ...passing, repeat })), failing];
  await show(page, results);
  await expect(page.locator("details.run")).toHaveCount(1000);
  expect(await openRuns(page)).toEqual(["1000"]);
  await expect(page.locator(".body")).toHaveCount(1);
});

test("an empty or minimal result still makes a page", async ({ page }) => {
  await show(page, { version: 1, runs: [] });
  await expect(page.getByText("No scenario was run.")).toBeVisible();
  await show(page, { version: 1, runs: [run()] });
  expect(await text(page)).toContain("a.json");
});

test("a delay is judged by what the relay says of itself", async ({ page }) => {
  const results = (late: number): Results => resultsOf(run({
    network: "relay", links: { wan: {
      up: { offered: 9, delivered: 9, fidelity: { delay_ms: { asked: 2, decided: 2, achieved: 2.06, low: 2.05, high: 2.07 } } },
      lateness_ms: { p99: late } } } }));
  await show(page, results(0.1));
  expect(await text(page)).not.toContain("is outside");
  await show(page, results(0.01));
  expect(await text(page)).toContain("is outside");
});

test("what never arrived is shown where there is any", async ({ page }) => {
  const up = { offered: 9, delivered: 5, dropped: 1, undeliverable: 2, in_flight: 1 };
  await show(page, resultsOf(run({ verdict: "inconclusive", links: { wan: { up, down: { offered: 0 }, dropped_by_kernel: 7 } } })));
  const words = await text(page);
  expect(words).toContain("undeliverable");
  expect(words).toContain("in flight");
  expect(words).toContain("The system dropped 7 datagrams");
  await show(page, resultsOf(run({ verdict: "inconclusive", links: { wan: { up: { offered: 9, delivered: 5 }, down: { offered: 0 } } } })));
  expect(await text(page)).not.toMatch(/undeliverable|in flight|The system dropped/);
});

test("a pass that proves little says so", async ({ page }) => {
  await show(page, resultsOf(run({ vacuous: ["wan.loss: it struck none of 12 packets"], notes: ["two seconds are lost"] })));
  expect(await text(page)).toContain("Pass, but wan.loss: it struck none of 12 packets");
  expect(await text(page)).toContain("Note: two seconds are lost");
});

test("a metric stands in the unit of its name", async ({ page }) => {
  await show(page, resultsOf(run({ processes: { client: { metrics: { elapsed_ms: 11100, rtt_ms: 1.5 } } } })));
  expect(await text(page)).toContain("elapsed_ms 11,100");
  expect(await text(page)).toContain("rtt_ms 1.5");
});
