// How the waiting of many is distributed, and what queueing theory says of it.

import type { ChartConfiguration } from "chart.js";
import { chartFrame } from "./charts";
import { element } from "./dom";
import { counted, duration, isNumber, percent } from "./numbers";
import type { Run, Theory } from "./results";

// Of M/M/c: the share of those who wait no longer than t, after Erlang.
export function waitsAtMost(theory: Theory): ((ms: number) => number) | null {
  const servers = Number(/^M\/M\/(\d+)$/.exec(theory.model)?.[1]);
  const { arrivals_per_s: rate, service_ms: service } = theory;
  if (!servers || !isNumber(rate) || !isNumber(service) || rate <= 0 || service <= 0) {
    return null;
  }
  const [lambda, mu] = [rate / 1000, 1 / service];
  const load = lambda / mu;
  if (load >= servers) {
    return null;
  }
  let term = 1;
  let sum = 1;
  for (let k = 1; k < servers; k += 1) {
    term *= load / k;
    sum += term;
  }
  const last = (term * load) / servers / (1 - load / servers);
  const delayed = last / (sum + last);
  return (ms) => 1 - delayed * Math.exp(-(servers * mu - lambda) * ms);
}

export function theoryOf(run: Run, theories: Theory[]): Theory | undefined {
  return theories.find((one) => one.scenario === run.scenario && one.network === run.network
    && JSON.stringify(one.matrix ?? {}) === JSON.stringify(run.matrix ?? {}));
}

export function ecdfChart(waits: number[], theory: Theory | undefined): HTMLElement | null {
  if (waits.length < 8) {
    return null;
  }
  const sorted = [...waits].sort((a, b) => a - b);
  const most = sorted.at(-1) ?? 0;
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const none = sorted.filter((one) => one <= 0).length / sorted.length;
  const steps = [{ x: 0, y: none }, ...sorted.map((x, index) => ({ x: x / 1000, y: (index + 1) / sorted.length }))];
  const share = theory ? waitsAtMost(theory) : null;
  const curve = share ? Array.from({ length: 81 }, (_, step) => ({ x: (most * step) / 80000, y: share((most * step) / 80) })) : [];
  const mean = theory && isNumber(theory.theory_ms) ? [{ x: theory.theory_ms / 1000, y: 0 }, { x: theory.theory_ms / 1000, y: 1 }] : [];
  const words = `Of ${counted(sorted.length, "client")} ${percent(none)} waited not at all, half at most ${duration(median)}, all at most ${duration(most)}`
    + `${theory ? `; ${theory.model} expects a mean of ${duration(theory.theory_ms)}` : ""}.`;
  const line = (label: string, data: object[], more = {}) => ({ label, data, pointRadius: 0, borderWidth: 1.8, ...more });
  return element("div", {}, element("p", {}, words),
    chartFrame(words, "How long clients waited, as a distribution.", 230, ["--waiting", "--service", "--quiet"], () => ({
      type: "line",
      data: { datasets: [line("measured", steps, { stepped: "before" }),
        ...(share ? [line(`${theory?.model}, theory`, curve)] : []),
        ...(mean.length ? [line("mean of theory", mean, { borderDash: [5, 4] })] : [])] },
      options: {
        scales: { x: { type: "linear", min: 0, title: { display: true, text: "waited at most, seconds" }, ticks: { maxRotation: 0 } },
          y: { min: 0, max: 1, title: { display: true, text: "share of clients" } } },
        plugins: { legend: { position: "top", align: "start", onClick: () => {}, labels: { boxWidth: 12, boxHeight: 3 } } },
      },
    }) as unknown as ChartConfiguration));
}
