// Numbers as people read them; a no-break space keeps a unit beside its number.

import type { Json } from "./results";

export function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

export function count(value: unknown): string {
  return isNumber(value) ? value.toLocaleString("en") : String(value ?? "–");
}

export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function significant(value: number, digits = 3): string {
  return value.toLocaleString("en", { maximumSignificantDigits: digits });
}

export function duration(ms: unknown, digits = 3): string {
  if (!isNumber(ms)) {
    return "–";
  }
  if (Math.abs(ms) < 1000) {
    return `${significant(ms, digits)}\u00a0ms`;
  }
  if (Math.abs(ms) < 60000) {
    return `${significant(ms / 1000, digits)}\u00a0s`;
  }
  const seconds = Math.round(ms / 1000);
  return `${count(Math.floor(seconds / 60))}\u00a0min ${seconds % 60}\u00a0s`;
}

// A moment of a run: to the microsecond below a second, and never in another unit than its neighbours.
export function moment(ms: unknown): string {
  return isNumber(ms)
    ? `${ms.toLocaleString("en", { maximumFractionDigits: ms < 10 ? 3 : ms < 1000 ? 2 : 1 })}\u00a0ms`
    : "–";
}

export function seconds(ms: unknown): string {
  return isNumber(ms)
    ? (ms / 1000).toLocaleString("en", { minimumFractionDigits: 3, maximumFractionDigits: 3 })
    : "–";
}

export function percent(share: number): string {
  const maximumFractionDigits = share < 0.1 ? 2 : 1;
  return `${(share * 100).toLocaleString("en", { maximumFractionDigits })}\u00a0%`;
}

export function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// 95 % confidence interval of a proportion, after Wilson (1927).
export function wilson(hits: number, trials: number): { low: number; high: number } {
  const z = 1.959964;
  const share = hits / trials;
  const scale = 1 + (z * z) / trials;
  const centre = (share + (z * z) / (2 * trials)) / scale;
  const half = (z / scale) *
    Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

// A piece of a scenario in one line: {"constant": "5ms"} reads "constant 5ms".
export function inWords(value: Json | undefined): string {
  if (Array.isArray(value)) {
    return value.map(inWords).join(", ");
  }
  if (value !== null && typeof value === "object") {
    const { model, ...rest } = value;
    const words = Object.entries(rest).map(([key, inner]) => `${key} ${inWords(inner)}`).join(", ");
    return model === undefined ? words : `${inWords(model)} (${words})`;
  }
  return String(value);
}

// JSON in one line that breaks between its parts.
export function spacedJson(value: Json): string {
  if (Array.isArray(value)) {
    return `[${value.map(spacedJson).join(", ")}]`;
  }
  if (value !== null && typeof value === "object") {
    return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${spacedJson(inner)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}
