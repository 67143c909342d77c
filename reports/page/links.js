// What each link was asked to do, and what it did.

// A direction's own settings win over what holds both ways.
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

// Loss is what most scenarios ask for as a number, so that is what is held against the outcome.
function lossAchieved(counts, asked) {
  const { offered, dropped } = counts;
  if (!(offered > 0 && dropped <= offered)) {
    return "–";
  }
  const { low, high } = wilson(dropped, offered);
  const outside = isNumber(asked.loss) && (asked.loss < low || asked.loss > high);
  return element("span", {},
    element("strong", {}, percent(dropped / offered)),
    element("span", { class: "quiet" }, ` [${percent(low)}, ${percent(high)}]`),
    outside ? element("span", { class: "remark" }, " asked is outside") : null);
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

// A column per direction, so that the table fits a phone.
function linkTable(name, link) {
  const directions = ["up", "down"].filter((direction) => link[direction]);
  const row = (title, cell) => [title, ...directions.map((direction) =>
    cell(link[direction], askedOf(link, direction)))];
  return table(`${name}: asked and achieved`,
    [{ title: "direction" },
     ...directions.map((direction) => ({ title: direction === "up" ? "up ↑" : "down ↓" }))],
    [row("asked", (counts, asked) => element("span", { class: "asked" },
       link.asked === undefined ? "–" : askedInWords(asked))),
     row("loss, with its 95 % interval", lossAchieved),
     row("packets offered", (counts) => count(counts.offered)),
     ...["delivered", "dropped", "duplicated", "corrupted", "reordered"].map((fate) =>
       row(fate, (counts) => countAndShare(counts[fate], counts.offered ?? 0)))]);
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
      link.lateness_ms
        ? element("p", { class: "quiet" }, "Packets left late by ",
            ["p50", "p99", "max"].filter((key) => isNumber(link.lateness_ms[key]))
              .map((key) => `${key} ${duration(link.lateness_ms[key])}`).join(", "), ".")
        : null)));
}
