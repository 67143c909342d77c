// Filters runs by verdict and by words; says how many are shown, for those who do not see it.

import { element } from "./dom";
import { count } from "./numbers";
import type { Run, Verdict } from "./results";
import { circumstances, verdicts } from "./run_words";

export interface RunFilter {
  buttons: HTMLElement[];
  search: HTMLElement;
  shown: HTMLElement;
  showAll(): void;
}

export function runFilter(runs: Run[], items: HTMLElement[]): RunFilter {
  const state = { verdict: "all" as Verdict | "all", words: "" };
  const texts = runs.map((run) =>
    [run.title, run.scenario, circumstances(run), ...(run.tags ?? [])].join(" ").toLowerCase());
  const shown = element("p", { class: "quiet shown", role: "status" });
  const matches = (run: Run): boolean => state.verdict === "all" || run.verdict === state.verdict;
  const buttons = (["all", ...verdicts] as const).map((verdict) => {
    const total = runs.filter((run) => verdict === "all" || run.verdict === verdict).length;
    return element("button", {
      type: "button", class: `filter ${verdict}`, "data-verdict": verdict,
      disabled: total === 0 && verdict !== "all",
      click: () => { state.verdict = verdict; apply(); },
    }, element("span", { class: "total" }, count(total)), " ", verdict);
  });
  const search = element("input", {
    type: "search", placeholder: "Filter by words", "aria-label": "Filter runs by words",
    input: () => { state.words = search.value; apply(); },
  });

  function apply(): void {
    const words = state.words.toLowerCase().split(/\s+/).filter((word) => word !== "");
    let left = 0;
    items.forEach((item, index) => {
      const run = runs[index];
      const text = texts[index] ?? "";
      item.hidden = !(run && matches(run) && words.every((word) => text.includes(word)));
      left += item.hidden ? 0 : 1;
    });
    buttons.forEach((button) =>
      button.setAttribute("aria-pressed", String(button.dataset["verdict"] === state.verdict)));
    shown.textContent =
      left === runs.length ? "" : `${count(left)} of ${count(runs.length)} runs shown`;
  }

  function showAll(): void {
    state.verdict = "all";
    state.words = search.value = "";
    apply();
  }

  apply();
  return { buttons, search, shown, showAll };
}
