// A network while it runs: its packets on the ladder as they pass, and controls for its links. What the
// server sends and is asked stands in reports/live.hpp.

import { setChartFont } from "./charts";
import { byId, element, visibleText } from "./dom";
import { listen } from "./event_stream";
import { type LinkControls, linkControls, type LinkState } from "./link_controls";
import { type Messages, messages } from "./messages";
import { counted, isNumber } from "./numbers";
import type { Json } from "./results";
import { markOvertaken, packetColumns, packetOf, type Trace, traceOf } from "./trace";

const KEPT = 20_000; // packets; older ones go, so that a page may stay open for a day
const DROPPED_AT_ONCE = 4_000;

interface State { run?: string; processes?: string[]; links?: Record<string, LinkState>; control?: boolean }
interface End { verdict?: string; headline?: string }

class LiveTrace {
  readonly trace: Trace = traceOf({});
  private gone = 0;

  packet(row: Json[]): void {
    const cells = new Map(packetColumns.map((name, place) => [name, row[place]]));
    const packet = packetOf((name) => cells.get(name), this.trace.packets.length);
    if (packet.again !== null) packet.again = packet.again >= this.gone ? packet.again - this.gone : null;
    this.trace.packets.push(packet);
    if (this.trace.packets.length > KEPT) this.forget(DROPPED_AT_ONCE);
  }

  forget(many: number): void {
    const { packets, output, events } = this.trace;
    packets.splice(0, many);
    this.gone += many;
    this.trace.packetsLeftOut += many;
    for (const packet of packets) {
      packet.index -= many;
      if (packet.again !== null) packet.again = packet.again >= many ? packet.again - many : null;
    }
    const begin = packets[0]?.at ?? Infinity;
    for (const list of [output, events]) list.splice(0, list.findIndex(({ at }) => at >= begin));
  }

  clear(): void {
    for (const list of [this.trace.packets, this.trace.output, this.trace.events]) list.length = 0;
    this.trace.packetsLeftOut = this.gone = 0;
  }
}

class LiveView {
  private readonly live = new LiveTrace();
  private readonly view: Messages = messages(this.live.trace, "Messages as they pass");
  private readonly status = element("p", { class: "live-status", role: "status" }, "connecting …");
  private readonly problem = element("p", { class: "message error", role: "alert", hidden: true });
  private readonly controls = element("div", { class: "controls" });
  private readonly follow = element("input", { type: "checkbox", id: "follow", checked: true });
  private readonly links = new Map<string, LinkControls>();
  private token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  private run = "";
  private ended = false;
  private lost = 0;
  private waits = false;

  constructor(title: string) {
    document.title = `${title} · badwire live`;
    byId("head").append(element("div", {},
      element("p", { class: "brand" }, "badwire", element("span", { class: "quiet" }, " live")),
      element("h1", {}, title), this.status));
    byId("main").append(element("div", {}, this.problem, this.controls,
      element("section", { "aria-label": "Messages" },
        element("p", { class: "follow" }, this.follow, element("label", { for: "follow" }, " Follow what comes")),
        this.view.node)));
    void this.listen();
  }

  private headers(): Record<string, string> {
    return this.token ? { Authorization: `Bearer ${this.token}` } : {};
  }

  private listen(): Promise<void> {
    return listen(() => this.headers(), {
      // Whoever comes again is told again what has passed.
      opened: () => {
        this.live.clear();
        this.say("live", "live");
      },
      closed: () => this.say("lost", "the connection is lost; asking again …"),
      refused: () => this.askForToken(),
      event: (name, data) => this.take(name, JSON.parse(data) as Json),
    }, () => this.ended);
  }

  private say(kind: string, words: string): void {
    this.status.className = `live-status ${kind}`;
    this.status.textContent = words;
  }

  private take(name: string, data: Json): void {
    const { trace } = this.live;
    if (name === "state") this.showState(data as unknown as State);
    else if (name === "end") this.end(data as unknown as End);
    else if (name === "left_out") this.missed((data as { events?: number }).events ?? 0);
    else if (Array.isArray(data)) {
      const [at, process, words] = data;
      if (name === "packet") this.live.packet(data);
      else if (isNumber(at) && name === "output") trace.output.push({ at, process: String(process), line: String(words) });
      else if (isNumber(at) && name === "event") trace.events.push({ at, process: String(process), what: String(words) });
      this.refreshSoon();
    }
  }

  // More came than could be told.
  private missed(events: number): void {
    this.lost += events;
    this.say("live", `live; ${counted(this.lost, "event")} came too fast to be shown`);
  }

  // A busy relay sends thousands of packets in a second; nobody reads faster than this.
  private refreshSoon(): void {
    if (this.waits) return;
    this.waits = true;
    setTimeout(() => {
      this.waits = false;
      markOvertaken(this.live.trace.packets);
      this.view.refresh();
      if (this.follow.checked) this.view.ladder.toEnd();
    }, 200);
  }

  private showState(state: State): void {
    if (state.run !== undefined && state.run !== this.run) {
      this.run = state.run;
      this.live.clear();
      this.refreshSoon();
    }
    const shown = state.control === false ? {} : state.links ?? {};
    for (const [name, link] of Object.entries(shown)) {
      let controls = this.links.get(name);
      if (controls === undefined) {
        controls = linkControls(name, (method, path, body) => this.ask(method, path, body));
        this.links.set(name, controls);
        this.controls.append(controls.node);
      }
      controls.show(link);
    }
    for (const [name, { node }] of this.links) node.hidden = !(name in shown);
  }

  private async ask(method: string, path: string, body: Json): Promise<void> {
    try {
      const answer = await fetch(path, { method, body: JSON.stringify(body),
        headers: { "Content-Type": "application/json", ...this.headers() } });
      const said = await answer.text();
      this.problem.hidden = answer.ok;
      if (answer.status === 401) this.askForToken();
      else if (!answer.ok) this.problem.textContent = `${method} ${path}: ${reasonIn(said) || `HTTP ${answer.status}`}`;
    } catch {
      this.problem.hidden = false;
      this.problem.textContent = `${method} ${path}: nobody answers`;
    }
  }

  private end({ verdict, headline }: End): void {
    this.ended = true;
    this.say(verdict ?? "over", ["ended", verdict ?? "", headline ? visibleText(headline) : ""].filter(Boolean).join(": "));
  }

  private askForToken(): void {
    this.say("lost", "a token is needed: badwire printed it, or the file that --control-token names holds it");
    if (byId("main").querySelector(".token")) return;
    const input = element("input", { type: "password", id: "token", autocomplete: "off" });
    const form = element("form", { class: "token", submit: (event) => {
      event.preventDefault();
      this.token = input.value.trim();
      form.remove();
      void this.listen();
    } }, element("label", { for: "token" }, "Token "), input, " ", element("button", { type: "submit" }, "Use it"));
    byId("main").prepend(form);
    input.focus();
  }
}

function reasonIn(answer: string): string {
  try {
    return String((JSON.parse(answer) as { error?: string }).error ?? "");
  } catch {
    return answer;
  }
}

export function showLive(title: string): void {
  document.body.classList.add("is-live");
  setChartFont();
  new LiveView(title);
}
