// A grid of verdicts over two parameters of the runs: implementation by implementation, or any other.

import { type Child, element, freshId } from "./dom";
import { inWords } from "./numbers";
import type { Run, Verdict } from "./results";
import { circumstances, titleOf, verdictGlyphs, verdicts } from "./run_words";

type ValueOf = (run: Run) => string | undefined;

// What can be a side of the grid: what has at least two values.
function parameters(runs: Run[]): Map<string, ValueOf> {
  const found = new Map<string, ValueOf>();
  for (const key of new Set(runs.flatMap((run) => Object.keys(run.matrix ?? {})))) {
    found.set(key, (run) => (run.matrix?.[key] === undefined ? undefined : inWords(run.matrix[key])));
  }
  found.set("scenario", (run) => run.scenario);
  found.set("network", (run) => run.network);
  found.set("seed", (run) => String(run.seed));
  for (const [name, of] of found) {
    if (new Set(runs.map(of).filter((value) => value !== undefined)).size < 2) found.delete(name);
  }
  return found;
}

function cell(runs: { run: Run; number: number }[]): Child {
  if (runs.length === 0) {
    return element("td", { class: "grid-cell empty" }, "–");
  }
  const worst = verdicts.find((verdict) => runs.some(({ run }) => run.verdict === verdict)) ?? "pass";
  const shown = runs.find(({ run }) => run.verdict === worst) ?? runs[0];
  const passed = runs.filter(({ run }) => run.verdict === "pass").length;
  const known = runs.filter(({ run }) => run.known && run.verdict !== "pass").length;
  const words = (runs.length === 1 ? worst : `${passed} of ${runs.length}`) + (known ? `, ${runs.length === 1 ? "" : `${known} `}known` : "");
  return element("td", { class: `grid-cell ${known && known + passed === runs.length ? "known" : worst}` },
    element("a", { href: `#run-${shown?.number}`, title: shown ? `${titleOf(shown.run)}: ${shown.run.story?.headline ?? circumstances(shown.run)}` : "" },
      element("span", { "aria-hidden": "true" }, `${verdictGlyphs[worst as Verdict]} `), words));
}

function grid(runs: Run[], rows: [string, ValueOf], columns: [string, ValueOf]): HTMLElement {
  const values = (of: ValueOf): string[] => [...new Set(runs.map(of).filter((value) => value !== undefined))];
  const numbered = runs.map((run, index) => ({ run, number: index + 1 }));
  return element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": `${rows[0]} by ${columns[0]}` },
    element("table", { class: "grid" },
      element("caption", { class: "visually-hidden" }, `Verdicts by ${rows[0]} and ${columns[0]}`),
      element("thead", {}, element("tr", {},
        element("th", { scope: "col" }, `${rows[0]} ╲ ${columns[0]}`),
        values(columns[1]).map((value) => element("th", { scope: "col" }, value)))),
      element("tbody", {}, values(rows[1]).map((row) => element("tr", {},
        element("th", { scope: "row" }, row),
        values(columns[1]).map((column) =>
          cell(numbered.filter(({ run }) => rows[1](run) === row && columns[1](run) === column))))))));
}

// How many runs stand in the grid of two parameters; 0 where it would be but a line.
function filled(runs: Run[], rows: ValueOf, columns: ValueOf): number {
  const both = runs.filter((run) => rows(run) !== undefined && columns(run) !== undefined);
  const isLine = [rows, columns].some((of) => new Set(both.map(of)).size < 2);
  return isLine ? 0 : both.length;
}

// Of all pairs with a parameter of the matrix the one with the most runs; clients before servers.
function bestPair(runs: Run[], known: Map<string, ValueOf>): [string, string] | null {
  const fixed = ["scenario", "network", "seed"];
  const names = [...known].sort(([a], [b]) => Number(/client/i.test(b)) - Number(/client/i.test(a)));
  let best: [string, string] | null = null;
  let most = 0;
  for (const [first, rows] of names.filter(([name]) => !fixed.includes(name))) {
    for (const [second, columns] of names.filter(([name]) => name !== first)) {
      const runsIn = filled(runs, rows, columns);
      if (runsIn > most) [best, most] = [[first, second], runsIn];
    }
  }
  return best;
}

export function matrixOverview(runs: Run[]): Child {
  const known = parameters(runs);
  const names = [...known.keys()];
  const pair = bestPair(runs, known);
  if (pair === null) {
    return null;
  }
  const [first, second] = pair;
  const place = element("div", {});
  const side = (title: string, chosen: string) => {
    const id = freshId("side");
    const select = element("select", { id, change: () => draw() },
      names.map((name) => element("option", { value: name, selected: name === chosen }, name)));
    return { select, node: element("span", {}, element("label", { for: id }, `${title} `), select) };
  };
  const down = side("Rows", first);
  const across = side("Columns", second);
  function draw(): void {
    const of = (name: string): [string, ValueOf] => [name, known.get(name) ?? (() => undefined)];
    place.replaceChildren(grid(runs, of(down.select.value), of(across.select.value)));
  }
  draw();
  return element("section", { class: "overview", "aria-labelledby": "matrix-overview" },
    element("div", { class: "runs-head" }, element("h2", { id: "matrix-overview" }, "Matrix"),
      names.length > 2 ? element("span", { class: "sides" }, down.node, " ", across.node) : null),
    place);
}
