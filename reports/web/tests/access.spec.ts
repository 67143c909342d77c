// What everybody can use: axe-core finds nothing, on a screen, a phone and in the dark.

import { expect, test } from "@playwright/test";
import { violations } from "./axe";
import { expectNoComplaint, makeReport, open, resultsOf, run, sample, transfer, writeFolder } from "./folders";

const story = { kind: "timeout", headline: "client waited for an answer that was lost",
  lines: [{ source: "process", text: "no answer", process: "client", at_ms: 3 },
          { source: "wire", text: "data 6 was lost", link: "wan", direction: "up" as const, nth: 7, at_ms: 69 }] };

const looks = [
  { name: "on a screen", scheme: "light", width: 1280 }, { name: "in the dark", scheme: "dark", width: 1280 },
  { name: "on a phone", scheme: "light", width: 390 },
] as const;

for (const { name, scheme, width } of looks) {
  test(`axe-core finds nothing ${name}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 844 });
    for (const results of [sample("waiting"), sample("troubled"), sample("lossy_ftp")]) {
      await open(page, makeReport(writeFolder({ results })));
      expect(await violations(page)).toEqual([]);
    }
    const runs = [run({ verdict: "fail", story }), run({ repeat: 1 })];
    await open(page, makeReport(writeFolder({ results: resultsOf(...runs), traces: [transfer(200), transfer(100)] })));
    await page.locator(".packet.lost .label").first().click();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.getByRole("button", { name: "Table" }).first().click();
    expect(await violations(page)).toEqual([]);
    expectNoComplaint(page);
  });
}

test("paper has the story and the ladder, and no buttons", async ({ page }) => {
  await open(page, makeReport(writeFolder({ results: resultsOf(run({ verdict: "fail", story })), traces: [transfer(2000)] })));
  await expect(page.locator(".packet").first()).toBeVisible();
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await expect(page.locator(".story")).toBeVisible();
  await expect(page.locator(".tools")).toBeHidden();
  const ladder = await page.locator(".ladder").boundingBox();
  expect(ladder?.height).toBeGreaterThan(1500);
  const pdf = await page.pdf({ format: "A4" });
  expect(pdf.length).toBeGreaterThan(10_000);
});
