// The message ladder: a lifeline for each process, an arrow for each packet. Only what is in view, and
// a little around it, is drawn. Moves with the arrow keys, as a list of options does.

import { element, freshId, svg } from "./dom";
import { drawItems, type Frame } from "./ladder_drawing";
import { itemsBetween, type Layout, layOut } from "./ladder_layout";
import { counted } from "./numbers";
import { type Packet, processesOf, type Trace } from "./trace";

const TIMES = 92;
const TIMES_NARROW = 70;
const COLUMN_LEAST = 150;

export interface LadderOptions {
  label: string;
  choose(packet: Packet): void; // a click, or Enter
}

export class Ladder {
  readonly node: HTMLElement;
  private readonly canvas: SVGSVGElement;
  private readonly names: HTMLElement;
  private readonly sheet: HTMLElement;
  private layout: Layout | null = null;
  private shown: Packet[] = [];
  private places = new Map<Packet, number>();
  private drawn = { top: 0, bottom: 0 };
  private frame: Frame;
  private readonly prefix = freshId("packet");
  private zoomed = 1;
  private withNotes = true;
  private words: (line: string) => boolean = () => true;

  constructor(private trace: Trace, private readonly options: LadderOptions) {
    this.canvas = svg("svg", { class: "ladder-canvas", role: "presentation" });
    this.names = element("div", { class: "ladder-names", "aria-hidden": "true" });
    this.sheet = element("div", { class: "ladder-sheet", role: "presentation" }, this.canvas);
    this.node = element("div", {
      class: "ladder", tabindex: "0", role: "listbox", "aria-label": options.label,
      keydown: (event) => this.key(event as KeyboardEvent),
      click: (event) => this.click(event),
      scroll: () => this.drawIfNeeded(),
    }, this.names, this.sheet);
    this.frame = this.newFrame();
    new ResizeObserver(() => this.resized()).observe(this.node);
  }

  // The packets that are shown, in order; the trace may have grown.
  show(packets: Packet[], words: (line: string) => boolean = this.words): void {
    this.shown = packets;
    this.words = words;
    this.places = new Map(packets.map((packet, place) => [packet, place]));
    this.node.setAttribute("aria-description", counted(packets.length, "packet"));
    this.lay();
  }

  get zoom(): number {
    return this.zoomed;
  }

  set zoom(zoom: number) {
    const middle = this.node.scrollTop / Math.max(1, this.layout?.height ?? 1);
    this.zoomed = zoom;
    this.lay();
    const selected = this.frame.selected;
    if (selected) this.reveal(selected);
    else this.node.scrollTop = middle * (this.layout?.height ?? 0);
    this.draw();
  }

  // Packets that stand out, as those that another run does not have.
  mark(packets: Set<Packet>): void {
    this.frame.marked = packets;
    this.draw();
  }

  set notes(shown: boolean) {
    this.withNotes = shown;
    this.lay();
  }

  select(packet: Packet | null): void {
    this.frame.selected = packet;
    if (packet) {
      this.reveal(packet);
    }
    this.draw();
    if (packet && this.layout?.places.has(packet)) {
      this.node.setAttribute("aria-activedescendant", this.frame.optionId(packet));
    } else {
      this.node.removeAttribute("aria-activedescendant");
    }
  }

  // Whether the end is in view, as it is while somebody follows a run.
  get atEnd(): boolean {
    return this.node.scrollTop + this.node.clientHeight >= this.node.scrollHeight - 60;
  }

  toEnd(): void {
    this.node.scrollTop = this.node.scrollHeight;
    this.drawIfNeeded();
  }

  // On paper nobody scrolls: the first pages of it are drawn, or all.
  print(most: number): boolean {
    const height = Math.min(this.layout?.height ?? 0, most);
    this.node.style.setProperty("--printed", `${height}px`);
    this.draw(0, height);
    return height < (this.layout?.height ?? 0);
  }

  private newFrame(): Frame {
    const names = processesOf(this.trace);
    const width = Math.max(this.node?.clientWidth || 800, 240);
    const times = width < 560 ? TIMES_NARROW : TIMES;
    const margin = width < 560 ? 26 : 70;
    const room = width - times - margin;
    const gap = names.length > 1 ? Math.max(COLUMN_LEAST, Math.min(900, room / (names.length - 1))) : 0;
    const columns = new Map(names.map((name, place) => [name, Math.round(times + (width < 560 ? 4 : 20) + place * gap - (place > 0 ? 20 : 0))]));
    return {
      width: Math.max(width, ...[...columns.values()].map((x) => x + margin)), columns, times,
      zoom: this.zoomed, selected: this.frame?.selected ?? null, marked: this.frame?.marked ?? new Set(), total: this.shown?.length ?? 0,
      optionId: (packet) => `${this.prefix}-${packet.index}`, placeOf: (packet) => this.places.get(packet) ?? 0,
    };
  }

  private lay(): void {
    this.layout = layOut(this.trace, this.shown, this.zoomed, this.withNotes, this.words);
    this.resized();
  }

  private resized(): void {
    this.frame = this.newFrame();
    const height = this.layout?.height ?? 0;
    this.sheet.style.height = `${height}px`;
    this.sheet.style.width = `${this.frame.width}px`;
    this.names.style.width = `${this.frame.width}px`;
    this.names.replaceChildren(element("span", { class: "ladder-unit" }, "ms"), ...[...this.frame.columns].map(([name, x]) => {
      const node = element("span", { class: "ladder-name", title: name }, name);
      node.style.left = `${x}px`;
      return node;
    }));
    this.draw();
  }

  private reveal(packet: Packet): void {
    const place = this.layout?.places.get(packet);
    const view = this.node.clientHeight;
    if (place === undefined || view === 0) {
      return;
    }
    if (place < this.node.scrollTop + 50 || place > this.node.scrollTop + view - 90) {
      this.node.scrollTop = Math.max(0, place - view / 3);
    }
  }

  private drawIfNeeded(): void {
    const { scrollTop, clientHeight } = this.node;
    const above = scrollTop > 0 && scrollTop < this.drawn.top + 40;
    const below = scrollTop + clientHeight > this.drawn.bottom - 40 && this.drawn.bottom < (this.layout?.height ?? 0);
    if ((above && this.drawn.top > 0) || below) {
      this.draw();
    }
  }

  private draw(from?: number, to?: number): void {
    if (this.layout === null) {
      return;
    }
    const view = this.node.clientHeight || 600;
    const top = Math.max(0, from ?? this.node.scrollTop - view);
    const bottom = Math.min(this.layout.height, to ?? this.node.scrollTop + 2 * view);
    const { width } = this.frame;
    this.drawn = { top, bottom };
    this.canvas.style.top = `${top}px`;
    this.canvas.setAttribute("width", String(width));
    this.canvas.setAttribute("height", String(Math.max(0, bottom - top)));
    this.canvas.setAttribute("viewBox", `0 ${top} ${width} ${Math.max(1, bottom - top)}`);
    this.canvas.replaceChildren(...drawItems(itemsBetween(this.layout, top, bottom), this.frame, top, bottom));
  }

  private click(event: Event): void {
    const hit = (event.target as Element).closest("[data-packet], [data-row]");
    const place = hit?.getAttribute("data-packet") ?? hit?.getAttribute("data-row");
    const packet = this.trace.packets[Number(place ?? -1)];
    if (packet) {
      this.select(packet);
      this.options.choose(packet);
    }
  }

  private key(event: KeyboardEvent): void {
    const steps: Record<string, number> = {
      ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity,
    };
    const { selected } = this.frame;
    const step = steps[event.key];
    if (step !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      const before = selected ? this.places.get(selected) ?? -1 : -1;
      this.select(this.shown[Math.max(0, Math.min(this.shown.length - 1, before + step))] ?? null);
    } else if ((event.key === "Enter" || event.key === " ") && selected) {
      event.preventDefault();
      this.options.choose(selected);
    }
  }
}
