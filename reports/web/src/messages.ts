// What passed between the processes of a run: the ladder with its filters, the table, and the details
// of the packet that is chosen.

import { element } from "./dom";
import { Ladder } from "./ladder";
import { count, counted } from "./numbers";
import { packetDetails } from "./packet_details";
import { packetFilter } from "./packet_filter";
import { PacketTable } from "./packet_table";
import type { Packet, Trace } from "./trace";

export interface Messages {
  node: HTMLElement;
  ladder: Ladder;
  choose(packet: Packet): void; // shows it, with its details
  refresh(): void; // the trace has grown
}

const zooms = [0.2, 0.35, 0.55, 0.75, 1, 1.4, 2];

function leftOut(trace: Trace): string {
  return [
    trace.packets.length === 0 && trace.events.length > 0 ? "No datagram went over a link; what streams carry is not shown." : "",
    trace.packetsLeftOut > 0 ? `${counted(trace.packetsLeftOut, "packet")} more passed, which the trace does not hold.` : "",
    trace.outputLeftOut > 0 ? `${counted(trace.outputLeftOut, "line")} of output more were printed.` : "",
    trace.withoutHeads ? "To keep this page small, the contents of the packets are left out; they are in trace.json in the run's folder." : "",
  ].filter(Boolean).join(" ");
}

export function messages(trace: Trace, label: string): Messages {
  const ladder = new Ladder(trace, { label, choose: (packet) => choose(packet, true) });
  const list = new PacketTable((packet) => choose(packet, true));
  const side = element("div", { class: "side", hidden: true });
  const status = element("p", { class: "quiet shown", role: "status" });
  const remarks = element("p", { class: "quiet" });
  const filter = packetFilter(trace, () => show());
  list.node.hidden = true;

  function show(): void {
    const packets = filter.matching();
    ladder.show(packets, filter.saysWords);
    if (!list.node.hidden) list.show(packets);
    remarks.textContent = leftOut(trace);
    status.textContent = packets.length === trace.packets.length
      ? counted(packets.length, "packet") : `${count(packets.length)} of ${counted(trace.packets.length, "packet")}`;
  }

  function close(): void {
    side.hidden = true;
    ladder.select(null);
    (ladder.node.hidden ? list.node : ladder.node).focus();
  }

  function choose(packet: Packet, andFocus = false): void {
    if (!filter.matching().includes(packet)) {
      filter.clear();
    }
    side.hidden = false;
    side.replaceChildren(packetDetails(packet, trace, (other) => choose(other, true), close));
    ladder.select(packet);
    list.select(packet);
    if (andFocus) side.querySelector<HTMLElement>("aside")?.focus({ preventScroll: true });
    // On a phone the details stand below the ladder.
    if (andFocus && matchMedia("(max-width: 46rem)").matches) side.scrollIntoView({ block: "nearest" });
  }

  const tools = viewTools(ladder, list, show);
  show();
  return {
    node: element("div", { class: "messages" },
      element("div", { class: "tools" }, filter.node, tools),
      element("div", { class: "stage" }, element("div", { class: "view" }, ladder.node, list.node), side),
      element("div", { class: "below" }, status, remarks)),
    ladder, choose,
    refresh() { filter.refresh(); show(); },
  };
}

function viewTools(ladder: Ladder, list: PacketTable, show: () => void): HTMLElement {
  const zoomBy = (step: number) => (): void => {
    const place = zooms.indexOf(ladder.zoom) + step;
    const zoom = zooms[place];
    if (zoom !== undefined) ladder.zoom = zoom;
    smaller.disabled = place <= 0;
    larger.disabled = place >= zooms.length - 1;
  };
  const smaller = element("button", { type: "button", "aria-label": "Zoom out", click: zoomBy(-1) }, "−");
  const larger = element("button", { type: "button", "aria-label": "Zoom in", click: zoomBy(1) }, "+");
  const notes = element("button", {
    type: "button", "aria-pressed": "true",
    click: () => {
      const on = notes.getAttribute("aria-pressed") !== "true";
      notes.setAttribute("aria-pressed", String(on));
      ladder.notes = on;
    },
  }, "Output");
  const asTable = element("button", {
    type: "button", "aria-pressed": "false",
    click: () => {
      const on = asTable.getAttribute("aria-pressed") !== "true";
      asTable.setAttribute("aria-pressed", String(on));
      ladder.node.hidden = on;
      list.node.hidden = !on;
      show();
    },
  }, "Table");
  return element("span", { class: "view-tools", role: "group", "aria-label": "View" }, smaller, larger, notes, asTable);
}
