// Sliders and buttons that change a link while it runs, by the control interface (docs/control.md).

import { element, freshId } from "./dom";
import { duration, inWords, isNumber, percent } from "./numbers";
import type { Direction, Json } from "./results";

export interface LinkState {
  between?: string[];
  cut?: boolean;
  enabled?: boolean;
  up?: Record<string, Json>;
  down?: Record<string, Json>;
}

export type Ask = (method: string, path: string, body: Json) => Promise<void>;

export interface LinkControls { node: HTMLElement; show(state: LinkState): void }

const units: Record<string, number> = { ns: 1e-6, us: 1e-3, "µs": 1e-3, ms: 1, s: 1000, min: 60_000 };

// "20ms" and {"constant": "20ms"} in milliseconds; null for what is not constant.
export function milliseconds(value: Json | undefined): number | null {
  if (value === undefined || value === 0) return 0;
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return Object.keys(value).length === 1 && "constant" in value ? milliseconds(value["constant"]) : null;
  }
  const found = /^([\d.]+)(ns|us|µs|ms|s|min)$/.exec(String(value));
  return found ? Number(found[1]) * (units[found[2] ?? ""] ?? 1) : null;
}

interface Slider { node: HTMLElement; set(value: number | null, asked: string): void }

function slider(title: string, most: number, step: number, words: (value: number) => string, changed: (value: number) => void): Slider {
  const id = freshId("slider");
  const said = element("output", { for: id });
  let held = false;
  const range = element("input", {
    type: "range", id, min: 0, max: most, step, value: 0,
    input: () => { held = true; tell(); },
    change: () => { held = false; changed(Number(range.value)); },
  });
  const tell = (): void => {
    said.textContent = words(Number(range.value));
    range.setAttribute("aria-valuetext", said.textContent);
  };
  tell();
  return {
    node: element("div", { class: "slider" }, element("label", { for: id }, title), range, said),
    set(value, asked) {
      if (held) return; // somebody moves it now
      range.value = String(value ?? 0);
      tell();
      if (value === null) said.textContent = asked;
      else if (value > most) said.textContent = words(value);
    },
  };
}

export function linkControls(name: string, ask: Ask): LinkControls {
  const path = `/links/${encodeURIComponent(name)}`;
  const impair = (direction: Direction, what: Record<string, Json>): void =>
    void ask("PATCH", `${path}/impairments`, { [direction]: what });
  let cut = false;
  const between = element("span", { class: "quiet" });
  const cable = element("button", { type: "button", class: "cable", click: () => void ask("POST", path, { cut: !cut }) });
  const directions = (["up", "down"] as const).map((direction) => {
    const loss = slider("loss", 0.5, 0.01, percent, (value) => impair(direction, { loss: value }));
    const delay = slider("delay", 500, 5, duration, (value) => impair(direction, { delay: `${value}ms` }));
    return {
      direction, loss, delay,
      node: element("fieldset", {}, element("legend", {}, direction === "up" ? "up ↑" : "down ↓"), loss.node, delay.node),
    };
  });
  return {
    node: element("section", { class: "link-controls", "aria-label": `Link ${name}` },
      element("div", { class: "link-head" }, element("h2", {}, name), between, cable),
      element("div", { class: "directions" }, directions.map(({ node }) => node))),
    show(state) {
      cut = state.cut === true;
      cable.textContent = cut ? "Heal" : "Cut";
      cable.setAttribute("aria-label", cut ? `Heal ${name}` : `Cut ${name}`);
      cable.classList.toggle("is-cut", cut);
      between.textContent = [state.between?.join(" – ") ?? "", cut ? "cut" : "", state.enabled === false ? "closed" : ""]
        .filter(Boolean).join(", ");
      for (const { direction, loss, delay } of directions) {
        const asked = state[direction] ?? {};
        loss.set(asked["loss"] === undefined ? 0 : isNumber(asked["loss"]) ? asked["loss"] : null, inWords(asked["loss"]));
        delay.set(milliseconds(asked["delay"]), inWords(asked["delay"]));
      }
    },
  };
}
