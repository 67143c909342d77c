// Charts by Chart.js, which stands in the page before this script, in the colours of the page.

import type { Chart as ChartClass, ChartConfiguration } from "chart.js";
import { type Child, element } from "./dom";

declare const Chart: typeof ChartClass;

export const chartVersion = (): string => Chart.version;

// The names of the page's colours that a chart's parts have, by the index of their dataset.
interface Painted { chart: ChartClass; colours: string[] }

const painted: Painted[] = [];

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function paint({ chart, colours }: Painted): void {
  chart.data.datasets.forEach((dataset, index) => {
    const name = colours[index];
    if (name !== undefined) {
      dataset.backgroundColor = name === "" ? "transparent" : colour(name);
      dataset.borderColor = dataset.backgroundColor;
    }
  });
  for (const scale of Object.values(chart.options.scales ?? {})) {
    if (scale?.ticks && scale.grid) {
      scale.ticks.color = colour("--ink");
      scale.grid.borderColor = scale.grid.color = colour("--line");
    }
    const title = (scale as { title?: { color?: string } } | undefined)?.title;
    if (title) {
      title.color = colour("--quiet");
    }
  }
  const legend = chart.options.plugins?.legend?.labels;
  if (legend) {
    legend.color = colour("--ink");
  }
  chart.update();
}

export function repaintCharts(): void {
  painted.forEach(paint);
}

export function resizeCharts(): void {
  painted.forEach(({ chart }) => chart.resize());
}

export function setChartFont(): void {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
}

// The canvas takes its size from the page, so it is drawn once it is in the page.
export function chartFrame(words: string, what: string, height: number, colours: string[],
  configuration: () => ChartConfiguration): HTMLElement {
  const canvas = element("canvas", { role: "img", "aria-label": `${what} ${words}` }, words);
  const frame = element("div", { class: "chart" }, canvas);
  frame.style.height = `${height}px`;
  setTimeout(() => {
    const asked = configuration();
    asked.options = { animation: false, maintainAspectRatio: false, ...asked.options };
    asked.plugins = [...(asked.plugins ?? []),
      { id: "drawn", afterDraw: () => { canvas.dataset["drawn"] = "true"; } }];
    const one = { chart: new Chart(canvas, asked), colours };
    painted.push(one);
    paint(one);
  });
  return frame;
}

export function chartSection(title: string, ...children: Child[]): HTMLElement {
  return element("section", {}, element("h4", {}, title), children);
}
