// Builds the page. Every string becomes a text node, never markup, because a process may print
// HTML.

import { count } from "./numbers";

export type Child = Node | string | null | undefined | false | Child[];
type Handler = (event: Event) => void;
export type Attributes = Record<string, string | number | boolean | null | undefined | Handler>;

function fill<E extends Element>(node: E, attributes: Attributes, children: Child[]): E {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      node.addEventListener(key, value);
    } else if (value === true) {
      node.setAttribute(key, "");
    } else if (value !== false && value !== undefined && value !== null) {
      node.setAttribute(key, String(value));
    }
  }
  node.append(...flat(children));
  return node;
}

function flat(children: Child[]): (Node | string)[] {
  return (children.flat(Infinity as 1) as Child[])
    .filter((child): child is Node | string => child !== null && child !== undefined && child !== false);
}

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  return fill(document.createElement(name), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  name: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) {
    throw new Error(`the page has no element ${id}`);
  }
  return found;
}

let names = 0;

// An id that no other element of the page has.
export function freshId(stem: string): string {
  names += 1;
  return `${stem}-${names}`;
}

export interface Column { title: string; numeric?: boolean }

interface TableOptions { rowClass?: (row: number) => string | null; quietCaption?: boolean }

// The first cell names the row. Wide tables scroll inside their own region, which the keyboard can
// reach. A quiet caption is for a table below a heading with the same words, which only screen
// readers need to hear again.
export function table(caption: string, columns: Column[], rows: Child[][],
  { rowClass = () => null, quietCaption = false }: TableOptions = {}): HTMLElement {
  const align = (index: number): string | undefined => (columns[index]?.numeric ? "number" : undefined);
  const head = columns.map((column, index) =>
    element("th", { scope: "col", class: align(index) }, column.title));
  const cells = (row: Child[]): HTMLElement[] => row.map((cell, index) => (index === 0
    ? element("th", { scope: "row", class: align(index) }, cell)
    : element("td", { class: align(index) }, cell)));
  const body = rows.map((row, number) => element("tr", { class: rowClass(number) }, cells(row)));
  return element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
    element("table", {},
      element("caption", { class: quietCaption ? "visually-hidden" : null }, caption),
      element("thead", {}, element("tr", {}, head)),
      element("tbody", {}, body)));
}

export function hidden(text: string): HTMLElement {
  return element("span", { class: "visually-hidden" }, text);
}

export function quiet(...children: Child[]): HTMLElement {
  return element("span", { class: "quiet" }, children);
}

// Control characters show as their Unicode pictures, so that a terminal's escapes can be seen.
export function visibleText(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (control) =>
    control === "\x7f" ? "\u2421" : String.fromCharCode(0x2400 + control.charCodeAt(0)));
}

export interface Lazy { node: HTMLDetailsElement; openNow(): void }

// Contents that are slow to make are made when they are first looked at.
export function lazyDetails(attributes: Attributes, summary: HTMLElement,
  makeContents: () => Child): Lazy {
  const details = element("details", attributes, summary);
  let made = false;
  const make = (): void => {
    if (!made) {
      made = true;
      details.append(...flat([makeContents()]));
    }
  };
  details.addEventListener("toggle", () => details.open && make());
  return { node: details, openNow: () => { details.open = true; make(); } };
}

// What a process wrote; folded unless readers probably look for it.
export function output(title: string, text: string, open = false): HTMLElement {
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const details = lazyDetails({ class: "output" },
    element("summary", {}, title, " ", quiet(lines === 1 ? "1 line" : `${count(lines)} lines`)),
    () => element("pre", { tabindex: "0", "aria-label": title, role: "group" }, visibleText(text)));
  if (open) {
    details.openNow();
  }
  return details.node;
}

// Lines break between words, not after the hyphens of an option; the copied text is the same.
export function commandCode(command: string): HTMLElement {
  const words = command.split(" ").map((word) => element("span", { class: "word" }, word));
  return element("code", {}, words.flatMap((word, index) => (index === 0 ? [word] : [" ", word])));
}

// Where the browser offers no clipboard, the text is selected, ready for Ctrl+C.
export function copyable(text: string, code: HTMLElement, what = "Command"): HTMLElement {
  const button = element("button", { type: "button", class: "copy", "aria-label": `Copy ${what.toLowerCase()}` }, "Copy");
  const said = element("span", { class: "visually-hidden", role: "status" });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      said.textContent = `${what} copied`;
      setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
    } catch {
      getSelection()?.selectAllChildren(code);
      said.textContent = `${what} selected`;
    }
  });
  return element("div", { class: "command" }, code, button, said);
}

export function copyableCommand(command: string): HTMLElement {
  return copyable(command, commandCode(command));
}
