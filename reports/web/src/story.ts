// Why a run did not pass, before anything else: a headline, and the lines that are its reasons.

import { type Child, element, visibleText } from "./dom";
import { moment } from "./numbers";
import type { Run, Story, StoryLine } from "./results";

export const kinds: Record<string, string> = {
  crash: "crashed", exit: "ended with an error", deadlock: "deadlock", timeout: "out of time", refused: "refused",
  wrong_output: "wrong output", wrong_file: "wrong file", wrong_order: "wrong order", slow: "too slow", metric: "metric",
  vacuous: "proves nothing", inconclusive: "inconclusive", harness: "the harness", theory: "against theory",
  not_started: "not started", damage_missing: "damage not noticed",
};

const sources: Record<string, string> = { process: "process", wire: "wire", expectation: "expected", harness: "badwire" };

// What a link did tells its time itself.
function where(line: StoryLine): string {
  return line.link !== undefined ? `${line.link} ${line.direction ?? ""}`.trim()
    : [line.process, line.at_ms === undefined ? "" : moment(line.at_ms)].filter(Boolean).join(", ");
}

// `go` shows the packet that a line speaks of; it answers whether it is there.
export function storySection(run: Run, go: (line: StoryLine) => void): Child {
  const story: Story | undefined = run.story;
  if (story === undefined) {
    return run.message ? element("p", { class: `message ${run.verdict}` }, visibleText(run.message)) : null;
  }
  const lines = (story.lines ?? []).map((line) => {
    const packet = line.link !== undefined && line.nth !== undefined;
    const place = where(line);
    return element("li", { class: `reason ${line.source}` },
      element("span", { class: "source" }, sources[line.source] ?? line.source),
      element("span", { class: "reason-text" }, visibleText(line.text),
        place ? element("span", { class: "quiet where" }, ` ${place}`) : null,
        packet ? [" ", element("button", { type: "button", class: "jump", click: () => go(line) }, "show it")] : null));
  });
  return element("div", { class: `story ${run.verdict}`, role: "group", "aria-label": "What happened", "data-kind": story.kind },
    element("p", { class: "headline" },
      element("span", { class: "kind" }, kinds[story.kind] ?? story.kind.replaceAll("_", " ")), " ",
      visibleText(story.headline)),
    lines.length ? element("ol", { class: "reasons" }, lines) : null);
}
