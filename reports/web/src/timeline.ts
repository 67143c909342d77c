// What passed over time: throughput, packets in flight, and how often something was sent again.

import type { ChartConfiguration } from "chart.js";
import { chartFrame } from "./charts";
import { element } from "./dom";
import { counted, duration, moment, significant } from "./numbers";
import type { Direction } from "./results";
import { type Hole, holeOf, type Packet, type Trace } from "./trace";

const BINS = 100;

interface Span { begin: number; width: number; middles: number[]; hole: Hole | null }

const isKnown = ({ middles, hole }: Span, bin: number): boolean =>
  hole === null || (middles[bin] ?? 0) <= hole.from || (middles[bin] ?? 0) >= hole.to;

function spanOf(trace: Trace): Span {
  const { packets } = trace;
  const begin = packets[0]?.at ?? 0;
  const end = packets.reduce((last, { at, arrives }) => Math.max(last, at, arrives ?? 0), begin);
  const width = Math.max(end - begin, 1e-3) / BINS;
  return { begin, width, hole: holeOf(trace), middles: Array.from({ length: BINS }, (_, bin) => begin + (bin + 0.5) * width) };
}

function summed(span: Span, packets: Packet[], at: (packet: Packet) => number | null, amount: (packet: Packet) => number): number[] {
  const sums = new Array<number>(BINS).fill(0);
  for (const packet of packets) {
    const time = at(packet);
    if (time !== null) {
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor((time - span.begin) / span.width)));
      sums[bin] = (sums[bin] ?? 0) + amount(packet);
    }
  }
  return sums;
}

// The most packets that were on their way at once, in each bin.
function inFlight(span: Span, packets: Packet[]): number[] {
  const steps = packets.filter(({ arrives }) => arrives !== null)
    .flatMap(({ at, arrives }) => [{ time: at, step: 1 }, { time: arrives ?? at, step: -1 }])
    .sort((a, b) => a.time - b.time || a.step - b.step);
  const most = new Array<number>(BINS).fill(0);
  let now = 0;
  let next = 0;
  for (let bin = 0; bin < BINS; bin += 1) {
    most[bin] = now;
    const end = span.begin + (bin + 1) * span.width;
    for (; next < steps.length && ((steps[next]?.time ?? 0) < end || bin === BINS - 1); next += 1) {
      now += steps[next]?.step ?? 0;
      most[bin] = Math.max(most[bin] ?? 0, now);
    }
  }
  return most;
}

const seconds = (ms: number): number => ms / 1000;

interface Series { label: string; values: number[]; type?: "bar"; axis?: string }

function overTime(span: Span, series: Series[], axes: Record<string, string>): ChartConfiguration {
  const scales = Object.fromEntries(Object.entries(axes).map(([id, title], index) => [id, {
    position: index === 0 ? "left" : "right", beginAtZero: true, title: { display: true, text: title },
    ticks: { maxTicksLimit: 5 }, grid: { display: index === 0 },
  }]));
  return {
    type: "line",
    data: { datasets: series.map(({ label, values, type, axis }) => ({
      label, type: type ?? "line", yAxisID: axis ?? "y", pointRadius: 0, borderWidth: type ? 0 : 1.6, barThickness: 3,
      data: values.map((y, bin) => ({ x: seconds(span.middles[bin] ?? 0), y: isKnown(span, bin) ? y : NaN })),
    })) },
    options: {
      scales: { x: { type: "linear", min: seconds(span.begin), max: seconds(span.begin + BINS * span.width), grid: { display: false },
        ticks: { maxTicksLimit: 7, maxRotation: 0 }, title: { display: true, text: "seconds" } }, ...scales },
      plugins: { legend: { position: "top", align: "start", onClick: () => {}, labels: { boxWidth: 12, boxHeight: 3 } },
        tooltip: { mode: "index", intersect: false } },
    },
  } as ChartConfiguration;
}

export function timelineSection(trace: Trace): HTMLElement | null {
  const { packets } = trace;
  if (packets.length < 12) {
    return null;
  }
  const span = spanOf(trace);
  const arrived = (direction: Direction): Packet[] => packets.filter((packet) => packet.direction === direction && packet.arrives !== null);
  const rate = (direction: Direction): number[] => summed(span, arrived(direction), ({ arrives }) => arrives, ({ bytes }) => bytes / span.width);
  const again = packets.filter(({ marks }) => marks.has("repeats"));
  const bytes = [...arrived("up"), ...arrived("down")].reduce((sum, packet) => sum + packet.bytes, 0);
  const flying = inFlight(span, packets);
  const known = BINS * span.width - (span.hole ? span.hole.to - span.hole.from : 0);
  const words = `${significant(bytes / known)} kB/s arrived on average`
    + `${span.hole ? `; what passed from ${moment(span.hole.from)} to ${moment(span.hole.to)} is not known` : ""}.`;
  const flight = `At most ${counted(flying.reduce((a, b) => Math.max(a, b), 0), "packet")} on the way at once; ${counted(again.length, "packet")} sent again.`;
  return element("section", { class: "over-time" },
    element("h4", {}, `Over time, in steps of ${duration(span.width)}`),
    element("div", { class: "charts" },
      element("div", {}, element("p", {}, words),
        chartFrame(words, "Throughput over time.", 210, ["--service", "--waiting"], () => overTime(span,
          [{ label: "up ↑", values: rate("up") }, { label: "down ↓", values: rate("down") }], { y: "kB/s" }))),
      element("div", {}, element("p", {}, flight),
        chartFrame(flight, "Packets in flight and retransmissions over time.", 210, ["--service", "--lost"], () => overTime(span,
          [{ label: "in flight", values: flying },
           { label: "sent again", values: summed(span, again, ({ at }) => at, () => 1), type: "bar", axis: "again" }],
          { y: "packets", again: "sent again" })))));
}
