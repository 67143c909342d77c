// Runs in words: how they differ from others, and how they ended.

import { element } from "./dom";
import { inWords } from "./numbers";
import type { Run, Verdict } from "./results";

export const verdicts: Verdict[] = ["fail", "error", "inconclusive", "pass"];
export const verdictGlyphs: Record<Verdict, string> = { pass: "✓", fail: "✗", error: "!", inconclusive: "?" };

export function verdictBadge(verdict: Verdict): HTMLElement {
  return element("span", { class: `verdict ${verdict}` },
    element("span", { "aria-hidden": "true", class: "glyph" }, verdictGlyphs[verdict]), verdict);
}

export function titleOf(run: Run): string {
  return run.title ?? run.scenario;
}

// The words by which this run differs from the others of its scenario.
export function circumstances(run: Run): string {
  return [
    run.network,
    `seed ${run.seed}`,
    run.repeat !== 0 ? `repeat ${run.repeat}` : null,
    ...Object.entries(run.matrix ?? {}).map(([key, value]) => `${key} = ${inWords(value)}`),
  ].filter((part) => part !== null).join(" · ");
}
