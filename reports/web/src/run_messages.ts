// The messages of a run in the report: its trace is unpacked when the run is opened.

import { type Child, element, quiet } from "./dom";
import { type Messages, messages } from "./messages";
import type { PackedTrace, Run, StoryLine } from "./results";
import { addVerdicts, type Packet, processesOf, type Trace, unpackTrace } from "./trace";

const COLUMNS_MOST = 12;

// All that is on the page, for printing.
export const shownMessages: Messages[] = [];

export async function traceOfRun(run: Run, packed: PackedTrace): Promise<Trace> {
  const trace = await unpackTrace(packed);
  addVerdicts(trace, run.fault_map ?? []);
  return trace;
}

// The packet that most deserves a look: one that the story names, or the first that was lost.
function packetOfLine(trace: Trace, { link, direction, nth }: StoryLine): Packet | undefined {
  return trace.packets.find((packet) =>
    packet.link === link && packet.nth === nth && (direction === undefined || packet.direction === direction));
}

export interface RunMessages { node: HTMLElement; go(line: StoryLine): void; trace: Promise<Trace | null> }

export function runMessages(run: Run, packed: PackedTrace | undefined): RunMessages {
  const node = element("section", { class: "messages-section" }, element("h4", {}, "Messages"));
  if (packed === undefined || packed.deflate === "") {
    node.append(quiet(packed?.left_out
      ? `The packets are left out of this page, which would be too large with them; they are in trace.json in ${run.folder ?? "the run's folder"}.`
      : ""));
    node.hidden = !packed?.left_out;
    return { node, go: () => {}, trace: Promise.resolve(null) };
  }
  const waiting = element("p", { class: "quiet" }, "Reading the packets …");
  node.append(waiting);
  let view: Messages | null = null;
  const trace = traceOfRun(run, packed).then((read) => {
    // Streams carry no packets, and a column for each of very many processes shows nothing.
    if (read.packets.length === 0 && processesOf(read).length > COLUMNS_MOST) {
      node.hidden = true;
      return read;
    }
    view = messages(read, `Messages of ${run.title ?? run.scenario}`);
    shownMessages.push(view);
    waiting.replaceWith(view.node);
    return read;
  }).catch((error: unknown) => {
    waiting.textContent = `The packets of this run cannot be read: ${String(error)}`;
    return null;
  });
  const go = (line: StoryLine): void => {
    void trace.then((read) => {
      const packet = read && packetOfLine(read, line);
      if (packet && view) {
        node.scrollIntoView({ block: "start", behavior: "smooth" });
        view.choose(packet);
      }
    });
  };
  return { node, go, trace };
}

export function printMessages(): void {
  for (const { ladder, node } of shownMessages) {
    node.classList.toggle("cut", ladder.print(2600));
  }
}

export const emptyIfNone = (run: RunMessages): Child => (run.node.hidden ? null : run.node);
