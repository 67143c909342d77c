// The packets as a table, for those who read rather than look, a page at a time.

import { element, table, visibleText } from "./dom";
import { count, moment } from "./numbers";
import { fateWords, verdictWords } from "./packet_words";
import type { Packet } from "./trace";

const PAGE = 100;

export class PacketTable {
  readonly node = element("div", { class: "packet-table" });
  private packets: Packet[] = [];
  private page = 0;

  constructor(private readonly choose: (packet: Packet) => void) {}

  show(packets: Packet[]): void {
    this.packets = packets;
    this.page = 0;
    this.draw();
  }

  select(packet: Packet): void {
    const place = this.packets.indexOf(packet);
    if (place >= 0 && Math.floor(place / PAGE) !== this.page) {
      this.page = Math.floor(place / PAGE);
      this.draw();
    }
  }

  private draw(): void {
    const from = this.page * PAGE;
    const part = this.packets.slice(from, from + PAGE);
    const verdicts = part.some((packet) => packet.verdict);
    const number = (title: string) => ({ title, numeric: true });
    this.node.replaceChildren(
      table(`Packets ${count(part.length ? from + 1 : 0)} to ${count(from + part.length)} of ${count(this.packets.length)}`,
        [number("sent"), { title: "packet" }, { title: "from" }, { title: "to" }, { title: "fate" }, number("arrives"),
         ...(verdicts ? [{ title: "if lost" }] : []), { title: "why" }],
        part.map((packet) => [
          moment(packet.at),
          element("button", { type: "button", class: "jump", click: () => this.choose(packet) }, visibleText(packet.words)),
          packet.from, packet.to,
          [packet.marks.has("repeats") ? "repeated " : "", fateWords(packet) || packet.fate].join(""),
          packet.arrives === null ? "never" : moment(packet.arrives),
          ...(verdicts ? [packet.verdict ? verdictWords(packet.verdict) : ""] : []),
          visibleText(packet.why)]),
        { rowClass: (row) => (part[row]?.marks.has("lost") ? "row-unmet" : null) }),
      this.pager());
  }

  private pager(): HTMLElement {
    const pages = Math.ceil(this.packets.length / PAGE);
    const turn = (by: number) => (): void => {
      this.page += by;
      this.draw();
      this.node.querySelector<HTMLElement>(".scroll")?.focus();
    };
    return element("p", { class: "pager" },
      element("button", { type: "button", disabled: this.page === 0, click: turn(-1) }, "Earlier"),
      ` page ${count(this.page + 1)} of ${count(Math.max(1, pages))} `,
      element("button", { type: "button", disabled: this.page + 1 >= pages, click: turn(1) }, "Later"));
  }
}
