// What each link was asked to do, and what it did.

// A direction's own settings override those for both directions.
function askedOf(link, direction) {
  const asked = link.asked;
  if (asked === null || typeof asked !== "object" || Array.isArray(asked)) {
    return {};
  }
  const { up, down, ...both } = asked;
  const own = direction === "up" ? up : down;
  return { ...both, ...(own !== null && typeof own === "object" ? own : {}) };
}

function askedInWords(asked) {
  const parts = Object.entries(asked).map(([key, value]) =>
    key === "loss" && isNumber(value) ? `loss ${percent(value)}` : `${key} ${inWords(value)}`);
  return parts.join("; ") || "nothing";
}

// A number, its 95 % interval, and a remark when the asked value is outside, by more than what it
// may be too high by itself.
function achievedCell(one, inWordsOf, tooHigh = 0) {
  if (!isNumber(one?.achieved)) {
    return "–";
  }
  const { asked, achieved, low, high } = one;
  const outside = isNumber(asked) && (asked < low - tooHigh || asked > high);
  return element("span", {},
    element("strong", {}, inWordsOf(achieved)),
    element("span", { class: "quiet" }, ` [${inWordsOf(low)}, ${inWordsOf(high)}]`),
    outside ? element("span", { class: "remark" }, ` asked ${inWordsOf(asked)} is outside`) : null);
}

// Results of other tools may have only the counters.
function lossAchieved(counts, asked) {
  if (counts.fidelity?.loss) {
    return achievedCell(counts.fidelity.loss, percent);
  }
  const { offered, dropped } = counts;
  if (!(offered > 0 && dropped <= offered)) {
    return "–";
  }
  return achievedCell({ asked: asked.loss, achieved: dropped / offered, ...wilson(dropped, offered) },
    percent);
}

function droppedBy(counts) {
  const rules = Object.entries(counts.dropped_by ?? {}).filter(([, times]) => times > 0);
  return rules.map(([rule, times]) => `${rule} ${count(times)}`).join(", ") || "–";
}

function countAndShare(value, offered) {
  if (!isNumber(value)) {
    return "–";
  }
  return element("span", {}, count(value),
    value > 0 && offered > 0
      ? element("span", { class: "quiet" }, ` (${percent(value / offered)})`)
      : null);
}

// What was asked of a direction, and how often it did something.
function struckBy(counts) {
  const parts = Object.entries(counts.struck ?? {}).filter(([key]) => key !== "exact")
    .map(([key, times]) => `${key} ${count(times)}`);
  const rules = (counts.rules ?? []).map(({ struck }, index) => `exact ${index + 1}: ${count(struck)}`);
  return [...parts, ...rules].join(", ") || "–";
}

// A column per direction, so that the table fits a phone.
function linkTable(name, link) {
  const directions = ["up", "down"].filter((direction) => link[direction]);
  const ever = (fate) => directions.some((direction) => link[direction][fate] > 0);
  const row = (title, cell) => [title, ...directions.map((direction) =>
    cell(link[direction], askedOf(link, direction)))];
  return table(`${name}: asked and achieved`,
    [{ title: "direction" },
     ...directions.map((direction) => ({ title: direction === "up" ? "up ↑" : "down ↓" }))],
    [row("asked", (counts, asked) => element("span", { class: "asked" },
       link.asked === undefined ? "–" : askedInWords(asked))),
     row("loss, with its 95 % interval", lossAchieved),
     row("mean delay, with its 95 % interval",
       (counts) => achievedCell(counts.fidelity?.delay_ms, duration, link.lateness_ms?.p99 ?? 0)),
     row("packets offered", (counts) => count(counts.offered)),
     ...["delivered", "dropped", "duplicated", "corrupted", "reordered",
         ...["undeliverable", "in_flight"].filter(ever)].map((fate) =>
       row(fate.replace("_", " "), (counts) => countAndShare(counts[fate], counts.offered ?? 0))),
     row("dropped by", droppedBy),
     row("did something, times", struckBy)]);
}

function linksSection(run) {
  const links = Object.entries(run.links ?? {});
  if (links.length === 0) {
    return null;
  }
  return element("section", {},
    element("h4", {}, "Links"),
    links.map(([name, link]) => element("div", { class: "link" },
      linkTable(name, link),
      link.dropped_by_kernel > 0
        ? element("p", { class: "remark" }, `The system dropped ${count(link.dropped_by_kernel)} datagrams `
            + "at the relay's own sockets: this machine was too slow for them.")
        : null,
      link.lateness_ms
        ? element("p", { class: "quiet" }, "Packets left late by ",
            ["p50", "p99", "p999", "max"].filter((key) => isNumber(link.lateness_ms[key]))
              .map((key) => `${key} ${duration(link.lateness_ms[key])}`).join(", "), ".")
        : null)));
}
