// Which packets are shown: by words, link, kind and fate.

import { element, freshId } from "./dom";
import { count } from "./numbers";
import { marks } from "./packet_words";
import { inTime, type Mark, type Packet, type Trace } from "./trace";

export interface PacketFilter {
  node: HTMLElement;
  matching(): Packet[];
  saysWords(line: string): boolean; // whether a line of output is among what is searched
  clear(): void;
  refresh(): void; // the trace has grown
}

interface Choice { node: HTMLElement; select: HTMLSelectElement; refresh(values: string[]): void }

// A list of what occurs; with less than two there is nothing to choose.
function choice(title: string, changed: () => void): Choice {
  const id = freshId("choice");
  const select = element("select", { id, change: changed }, element("option", { value: "" }, `all ${title}`));
  const node = element("span", { class: "choice", hidden: true },
    element("label", { for: id, class: "visually-hidden" }, `Show ${title}`), select);
  const known = new Set<string>();
  return {
    node, select,
    refresh(values) {
      for (const value of values.filter((one) => !known.has(one))) {
        known.add(value);
        select.append(element("option", { value }, value));
      }
      node.hidden = known.size < 2;
    },
  };
}

function haystack(packet: Packet): string {
  return `${packet.words} ${packet.from} ${packet.to} ${packet.flow} ${packet.link} ${packet.why} ${packet.head}`.toLowerCase();
}

export function packetFilter(trace: Trace, changed: () => void): PacketFilter {
  let mark: Mark | null = null;
  let words = "";
  const search = element("input", {
    type: "search", placeholder: "Search packets and output", "aria-label": "Search packets and output",
    input: () => { words = search.value.trim().toLowerCase(); changed(); },
  });
  const link = choice("links", changed);
  const kind = choice("kinds", changed);
  const flow = choice("flows", changed);
  const fates = marks.map(({ mark: own, title }) => ({
    mark: own,
    button: element("button", {
      type: "button", class: `chip ${own}`, "aria-pressed": "false", "data-mark": own,
      click: () => { mark = mark === own ? null : own; press(); changed(); },
    }, element("span", { class: "total" }), ` ${title}`),
  }));
  const press = (): void => fates.forEach(({ mark: own, button }) => button.setAttribute("aria-pressed", String(own === mark)));

  function refresh(): void {
    const values = (of: (packet: Packet) => string): string[] => [...new Set(trace.packets.map(of))].sort();
    link.refresh(values((packet) => packet.link));
    kind.refresh(values((packet) => packet.kind));
    flow.refresh(values((packet) => packet.flow));
    for (const { mark: own, button } of fates) {
      const total = trace.packets.filter((packet) => packet.marks.has(own)).length;
      button.hidden = total === 0;
      button.firstElementChild?.replaceChildren(count(total));
    }
  }
  refresh();
  return {
    node: element("div", { class: "packet-filter" }, search, link.node, kind.node, flow.node,
      element("span", { class: "chips", role: "group", "aria-label": "Show packets by their fate" },
        fates.map(({ button }) => button))),
    matching: () => inTime(trace.packets).filter((packet) =>
      (mark === null || packet.marks.has(mark))
      && (link.select.value === "" || packet.link === link.select.value)
      && (kind.select.value === "" || packet.kind === kind.select.value)
      && (flow.select.value === "" || packet.flow === flow.select.value)
      && (words === "" || haystack(packet).includes(words))),
    saysWords: (line) => line.toLowerCase().includes(words),
    clear() {
      mark = null;
      words = "";
      search.value = link.select.value = kind.select.value = flow.select.value = "";
      press();
      changed();
    },
    refresh,
  };
}
