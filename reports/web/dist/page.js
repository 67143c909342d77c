(function() {
  "use strict";
  function isNumber(value) {
    return typeof value === "number" && Number.isFinite(value);
  }
  function count(value) {
    return isNumber(value) ? value.toLocaleString("en") : String(value ?? "–");
  }
  function counted(value, one, many = `${one}s`) {
    return `${count(value)} ${value === 1 ? one : many}`;
  }
  function significant(value, digits = 3) {
    return value.toLocaleString("en", { maximumSignificantDigits: digits });
  }
  function duration(ms, digits = 3) {
    if (!isNumber(ms)) {
      return "–";
    }
    if (Math.abs(ms) < 1e3) {
      return `${significant(ms, digits)} ms`;
    }
    if (Math.abs(ms) < 6e4) {
      return `${significant(ms / 1e3, digits)} s`;
    }
    const seconds2 = Math.round(ms / 1e3);
    return `${count(Math.floor(seconds2 / 60))} min ${seconds2 % 60} s`;
  }
  function moment(ms) {
    return isNumber(ms) ? `${ms.toLocaleString("en", { maximumFractionDigits: ms < 10 ? 3 : ms < 1e3 ? 2 : 1 })} ms` : "–";
  }
  function seconds$1(ms) {
    return isNumber(ms) ? (ms / 1e3).toLocaleString("en", { minimumFractionDigits: 3, maximumFractionDigits: 3 }) : "–";
  }
  function percent(share) {
    const maximumFractionDigits = share < 0.1 ? 2 : 1;
    return `${(share * 100).toLocaleString("en", { maximumFractionDigits })} %`;
  }
  function mean(values) {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }
  function wilson(hits, trials) {
    const z = 1.959964;
    const share = hits / trials;
    const scale = 1 + z * z / trials;
    const centre = (share + z * z / (2 * trials)) / scale;
    const half = z / scale * Math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials));
    return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
  }
  function inWords(value) {
    if (Array.isArray(value)) {
      return value.map(inWords).join(", ");
    }
    if (value !== null && typeof value === "object") {
      const { model, ...rest } = value;
      const words = Object.entries(rest).map(([key, inner]) => `${key} ${inWords(inner)}`).join(", ");
      return model === void 0 ? words : `${inWords(model)} (${words})`;
    }
    return String(value);
  }
  function spacedJson(value) {
    if (Array.isArray(value)) {
      return `[${value.map(spacedJson).join(", ")}]`;
    }
    if (value !== null && typeof value === "object") {
      return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${spacedJson(inner)}`).join(", ")}}`;
    }
    return JSON.stringify(value);
  }
  function fill(node, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === "function") {
        node.addEventListener(key, value);
      } else if (value === true) {
        node.setAttribute(key, "");
      } else if (value !== false && value !== void 0 && value !== null) {
        node.setAttribute(key, String(value));
      }
    }
    node.append(...flat(children));
    return node;
  }
  function flat(children) {
    return children.flat(Infinity).filter((child) => child !== null && child !== void 0 && child !== false);
  }
  function element(name, attributes = {}, ...children) {
    return fill(document.createElement(name), attributes, children);
  }
  function svg(name, attributes = {}, ...children) {
    return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
  }
  function byId(id) {
    const found = document.getElementById(id);
    if (found === null) {
      throw new Error(`the page has no element ${id}`);
    }
    return found;
  }
  let names = 0;
  function freshId(stem) {
    names += 1;
    return `${stem}-${names}`;
  }
  function table(caption, columns, rows, { rowClass = () => null, quietCaption = false } = {}) {
    const align = (index) => columns[index]?.numeric ? "number" : void 0;
    const head = columns.map((column, index) => element("th", { scope: "col", class: align(index) }, column.title));
    const cells = (row2) => row2.map((cell2, index) => index === 0 ? element("th", { scope: "row", class: align(index) }, cell2) : element("td", { class: align(index) }, cell2));
    const body = rows.map((row2, number2) => element("tr", { class: rowClass(number2) }, cells(row2)));
    return element(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
      element(
        "table",
        {},
        element("caption", { class: quietCaption ? "visually-hidden" : null }, caption),
        element("thead", {}, element("tr", {}, head)),
        element("tbody", {}, body)
      )
    );
  }
  function hidden(text2) {
    return element("span", { class: "visually-hidden" }, text2);
  }
  function quiet(...children) {
    return element("span", { class: "quiet" }, children);
  }
  function visibleText(text2) {
    return text2.replace(/\r\n/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (control) => control === "" ? "␡" : String.fromCharCode(9216 + control.charCodeAt(0)));
  }
  function lazyDetails(attributes, summary, makeContents) {
    const details = element("details", attributes, summary);
    let made = false;
    const make = () => {
      if (!made) {
        made = true;
        details.append(...flat([makeContents()]));
      }
    };
    details.addEventListener("toggle", () => details.open && make());
    return { node: details, openNow: () => {
      details.open = true;
      make();
    } };
  }
  function output(title, text2, open = false) {
    const lines = text2.split("\n").length - (text2.endsWith("\n") ? 1 : 0);
    const details = lazyDetails(
      { class: "output" },
      element("summary", {}, title, " ", quiet(lines === 1 ? "1 line" : `${count(lines)} lines`)),
      () => element("pre", { tabindex: "0", "aria-label": title, role: "group" }, visibleText(text2))
    );
    if (open) {
      details.openNow();
    }
    return details.node;
  }
  function commandCode(command) {
    const words = command.split(" ").map((word) => element("span", { class: "word" }, word));
    return element("code", {}, words.flatMap((word, index) => index === 0 ? [word] : [" ", word]));
  }
  function copyable(text2, code, what = "Command") {
    const button = element("button", { type: "button", class: "copy", "aria-label": `Copy ${what.toLowerCase()}` }, "Copy");
    const said = element("span", { class: "visually-hidden", role: "status" });
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text2);
        button.textContent = "Copied";
        said.textContent = `${what} copied`;
        setTimeout(() => {
          button.textContent = "Copy";
          said.textContent = "";
        }, 2e3);
      } catch {
        getSelection()?.selectAllChildren(code);
        said.textContent = `${what} selected`;
      }
    });
    return element("div", { class: "command" }, code, button, said);
  }
  function copyableCommand(command) {
    return copyable(command, commandCode(command));
  }
  const chartVersion = () => Chart.version;
  const painted = [];
  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }
  function paint({ chart, colours }) {
    chart.data.datasets.forEach((dataset, index) => {
      const name = colours[index];
      if (name !== void 0) {
        dataset.backgroundColor = name === "" ? "transparent" : colour(name);
        dataset.borderColor = dataset.backgroundColor;
      }
    });
    for (const scale of Object.values(chart.options.scales ?? {})) {
      if (scale?.ticks && scale.grid) {
        scale.ticks.color = colour("--ink");
        scale.grid.borderColor = scale.grid.color = colour("--line");
      }
      const title = scale?.title;
      if (title) {
        title.color = colour("--quiet");
      }
    }
    const legend = chart.options.plugins?.legend?.labels;
    if (legend) {
      legend.color = colour("--ink");
    }
    chart.update();
  }
  function repaintCharts() {
    painted.forEach(paint);
  }
  function resizeCharts() {
    painted.forEach(({ chart }) => chart.resize());
  }
  function setChartFont() {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  }
  function chartFrame(words, what, height, colours, configuration) {
    const canvas = element("canvas", { role: "img", "aria-label": `${what} ${words}` }, words);
    const frame = element("div", { class: "chart" }, canvas);
    frame.style.height = `${height}px`;
    setTimeout(() => {
      const asked = configuration();
      asked.options = { animation: false, maintainAspectRatio: false, ...asked.options };
      asked.plugins = [
        ...asked.plugins ?? [],
        { id: "drawn", afterDraw: () => {
          canvas.dataset["drawn"] = "true";
        } }
      ];
      const one = { chart: new Chart(canvas, asked), colours };
      painted.push(one);
      paint(one);
    });
    return frame;
  }
  function chartSection(title, ...children) {
    return element("section", {}, element("h4", {}, title), children);
  }
  function eventReader(event) {
    let rest = "";
    let name = "message";
    let data = [];
    return (text2) => {
      const lines = (rest + text2).split(/\r\n|\n|\r/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length) event(name, data.join("\n"));
          name = "message";
          data = [];
        } else if (line.startsWith("event:")) {
          name = line.slice(6).trim();
        } else if (line.startsWith("data:")) {
          data.push(line.slice(5).replace(/^ /, ""));
        }
      }
    };
  }
  const pause = (ms) => new Promise((done) => {
    setTimeout(done, ms);
  });
  async function listen(headers, handlers, stop) {
    while (!stop()) {
      try {
        const answer = await fetch("/events", { headers: { Accept: "text/event-stream", ...headers() }, cache: "no-store" });
        if (answer.status === 401 || answer.status === 403) {
          handlers.refused();
          return;
        }
        if (!answer.ok || answer.body === null) throw new Error(`HTTP ${answer.status}`);
        handlers.opened();
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        const read = eventReader((name, data) => handlers.event(name, data));
        for (let part = await reader.read(); !part.done; part = await reader.read()) read(part.value);
      } catch {
      }
      if (!stop()) {
        handlers.closed();
        await pause(1500);
      }
    }
  }
  const units = { ns: 1e-6, us: 1e-3, "µs": 1e-3, ms: 1, s: 1e3, min: 6e4 };
  function milliseconds(value) {
    if (value === void 0 || value === 0) return 0;
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      return Object.keys(value).length === 1 && "constant" in value ? milliseconds(value["constant"]) : null;
    }
    const found = /^([\d.]+)(ns|us|µs|ms|s|min)$/.exec(String(value));
    return found ? Number(found[1]) * (units[found[2] ?? ""] ?? 1) : null;
  }
  function slider(title, most, step, words, changed) {
    const id = freshId("slider");
    const said = element("output", { for: id });
    let held = false;
    const range = element("input", {
      type: "range",
      id,
      min: 0,
      max: most,
      step,
      value: 0,
      input: () => {
        held = true;
        tell();
      },
      change: () => {
        held = false;
        changed(Number(range.value));
      }
    });
    const tell = () => {
      said.textContent = words(Number(range.value));
      range.setAttribute("aria-valuetext", said.textContent);
    };
    tell();
    return {
      node: element("div", { class: "slider" }, element("label", { for: id }, title), range, said),
      set(value, asked) {
        if (held) return;
        range.value = String(value ?? 0);
        tell();
        if (value === null) said.textContent = asked;
        else if (value > most) said.textContent = words(value);
      }
    };
  }
  function linkControls(name, ask) {
    const path = `/links/${encodeURIComponent(name)}`;
    const impair = (direction, what) => void ask("PATCH", `${path}/impairments`, { [direction]: what });
    let cut = false;
    const between = element("span", { class: "quiet" });
    const cable = element("button", { type: "button", class: "cable", click: () => void ask("POST", path, { cut: !cut }) });
    const directions = ["up", "down"].map((direction) => {
      const loss = slider("loss", 0.5, 0.01, percent, (value) => impair(direction, { loss: value }));
      const delay = slider("delay", 500, 5, duration, (value) => impair(direction, { delay: `${value}ms` }));
      return {
        direction,
        loss,
        delay,
        node: element("fieldset", {}, element("legend", {}, direction === "up" ? "up ↑" : "down ↓"), loss.node, delay.node)
      };
    });
    return {
      node: element(
        "section",
        { class: "link-controls", "aria-label": `Link ${name}` },
        element("div", { class: "link-head" }, element("h2", {}, name), between, cable),
        element("div", { class: "directions" }, directions.map(({ node }) => node))
      ),
      show(state) {
        cut = state.cut === true;
        cable.textContent = cut ? "Heal" : "Cut";
        cable.setAttribute("aria-label", cut ? `Heal ${name}` : `Cut ${name}`);
        cable.classList.toggle("is-cut", cut);
        between.textContent = [state.between?.join(" – ") ?? "", cut ? "cut" : "", state.enabled === false ? "closed" : ""].filter(Boolean).join(", ");
        for (const { direction, loss, delay } of directions) {
          const asked = state[direction] ?? {};
          loss.set(asked["loss"] === void 0 ? 0 : isNumber(asked["loss"]) ? asked["loss"] : null, inWords(asked["loss"]));
          delay.set(milliseconds(asked["delay"]), inWords(asked["delay"]));
        }
      }
    };
  }
  const marks = [
    { mark: "lost", title: "lost" },
    { mark: "undeliverable", title: "undeliverable" },
    { mark: "late", title: "late" },
    { mark: "overtaken", title: "overtaken" },
    { mark: "twice", title: "twice" },
    { mark: "flipped", title: "flipped" },
    { mark: "repeats", title: "repeated" }
  ];
  const reasonsOfLoss = {
    loss: "loss",
    queue: "full queue",
    aqm: "managed queue",
    mtu: "too large",
    exact: "exact rule",
    cut: "link was cut",
    partition: "partitioned",
    rebind: "new port"
  };
  function lostBy(packet) {
    return packet.rules.map((rule) => reasonsOfLoss[rule]).filter(Boolean).join(", ");
  }
  function delayOf(packet) {
    return packet.arrives === null ? null : packet.arrives - packet.at;
  }
  function fateWords(packet) {
    const words = [];
    if (packet.marks.has("lost")) words.push(lostBy(packet) ? `lost: ${lostBy(packet)}` : "lost");
    if (packet.marks.has("undeliverable")) words.push("nobody listens");
    if (packet.marks.has("late")) words.push(`takes ${duration(delayOf(packet))}`);
    if (packet.marks.has("overtaken")) words.push("overtaken");
    if (packet.marks.has("twice")) words.push(packet.copies.length > 1 ? `comes ${packet.copies.length + 1} times` : "comes twice");
    if (packet.marks.has("flipped")) words.push("bits flipped");
    return words.join(", ");
  }
  function verdictWords(verdict) {
    switch (verdict.if_lost) {
      case "costs":
        return `its loss would cost ${duration(verdict.cost_ms)}`;
      case "fatal":
        return verdict.failure ? `its loss is fatal: ${verdict.failure}` : "its loss is fatal";
      case "harmless":
        return "its loss is harmless";
      default:
        return "it is lost anyway";
    }
  }
  function verdictMark({ verdict }) {
    return verdict?.if_lost === "fatal" ? "◆ fatal if lost" : verdict?.if_lost === "costs" ? `◇ costs ${duration(verdict.cost_ms)}` : "";
  }
  function packetSentence(packet) {
    const onLadder = [packet.words, fateWords(packet), verdictMark(packet)].filter(Boolean).join(" ");
    const delay = delayOf(packet);
    return [
      onLadder,
      `${packet.from} to ${packet.to} at ${moment(packet.at)}`,
      delay === null ? "" : `arrives after ${duration(delay)}`,
      packet.marks.has("repeats") ? "a repetition" : ""
    ].filter(Boolean).join(", ");
  }
  const CHARACTER = 7.2;
  const LABEL_GAP = 9;
  function toneOf(packet) {
    if (packet.marks.has("lost") || packet.marks.has("undeliverable")) return "lost";
    if (packet.marks.has("flipped")) return "flipped";
    if (packet.marks.has("late") || packet.marks.has("overtaken")) return "late";
    if (packet.marks.has("twice")) return "twice";
    return "plain";
  }
  function short(text2, room) {
    const most = Math.max(4, Math.floor(room / CHARACTER));
    return text2.length > most ? `${text2.slice(0, most - 1)}…` : text2;
  }
  function arrowHead(x, y, fromX, fromY) {
    const angle = Math.atan2(y - fromY, x - fromX);
    const corner = (turn) => `${(x - 8 * Math.cos(angle + turn)).toFixed(1)},${(y - 8 * Math.sin(angle + turn)).toFixed(1)}`;
    return svg("polygon", { class: "head", points: `${x},${y} ${corner(0.4)} ${corner(-0.4)}` });
  }
  function cross(x, y) {
    return svg("path", { class: "cross", d: `M${x - 5},${y - 5}L${x + 5},${y + 5}M${x - 5},${y + 5}L${x + 5},${y - 5}` });
  }
  function endsOf({ packet, top, lands }, frame) {
    const x1 = frame.columns.get(packet.from) ?? frame.times;
    const x2 = frame.columns.get(packet.to) ?? x1 + (packet.direction === "up" ? 80 : -80);
    const y1 = top + 14;
    const share = packet.marks.has("lost") ? 0.62 : 1;
    return { x1, y1, x2: x1 + (x2 - x1) * share, y2: lands };
  }
  function labelOf(packet, ends, frame) {
    if (frame.zoom < 0.55) {
      return null;
    }
    const rightwards = ends.x2 >= ends.x1;
    const fate = fateWords(packet);
    const verdict = verdictMark(packet);
    const room = Math.abs(ends.x2 - ends.x1) / (packet.marks.has("lost") ? 0.62 : 1) - 2 * LABEL_GAP;
    const words = short(`${packet.marks.has("repeats") ? "↻ " : ""}${packet.words}`, room);
    const left = room - words.length * CHARACTER;
    return svg(
      "text",
      {
        class: "label",
        x: ends.x1 + (rightwards ? LABEL_GAP : -LABEL_GAP),
        y: ends.y1 - 4,
        "text-anchor": rightwards ? "start" : "end"
      },
      words,
      fate && left > 30 ? svg("tspan", { class: "fate" }, `  ${short(fate, left)}`) : null,
      verdict && left - fate.length * CHARACTER > 110 ? svg("tspan", { class: "verdict-mark" }, `  ${verdict}`) : null
    );
  }
  const standing = (packet, frame) => `${frame.marked.has(packet) ? " marked" : ""}${packet === frame.selected ? " selected" : ""}`;
  function drawRow({ packet, top }, frame) {
    return svg("rect", {
      class: `hit${standing(packet, frame)}`,
      "data-row": packet.index,
      "aria-hidden": "true",
      x: 0,
      y: top - 1,
      width: frame.width,
      height: 19
    });
  }
  function drawPacket(item, frame) {
    const { packet } = item;
    const ends = endsOf(item, frame);
    const { x1, y1, x2, y2 } = ends;
    const line = { x1, y1, x2, y2 };
    const lost = packet.marks.has("lost");
    return svg(
      "g",
      {
        class: `packet ${toneOf(packet)}${packet.marks.has("repeats") ? " again" : ""}${standing(packet, frame)}`,
        role: "option",
        id: frame.optionId(packet),
        "data-packet": packet.index,
        "aria-selected": String(packet === frame.selected),
        "aria-label": packetSentence(packet),
        "aria-setsize": frame.total,
        "aria-posinset": frame.placeOf(packet) + 1
      },
      svg("line", { class: "grab", ...line }),
      svg("line", { class: "wire", ...line }),
      item.copies.map((y) => [svg("line", { class: "wire copy", x1, y1, x2, y2: y }), arrowHead(x2, y, x1, y1)]),
      lost || packet.marks.has("undeliverable") ? cross(x2, y2) : arrowHead(x2, y2, x1, y1),
      labelOf(packet, ends, frame)
    );
  }
  function drawArc({ top, bottom, packet }, frame) {
    const x = frame.columns.get(packet.from) ?? frame.times;
    const side = (frame.columns.get(packet.to) ?? x + 1) >= x ? -1 : 1;
    const out = x + side * 14;
    const near = x + side * 2;
    return svg("path", {
      class: packet === frame.selected ? "arc selected" : "arc",
      "aria-hidden": "true",
      d: `M${near},${top}C${out},${top} ${out},${top} ${out},${Math.min(top + 14, (top + bottom) / 2)}L${out},${Math.max(bottom - 14, (top + bottom) / 2)}C${out},${bottom} ${out},${bottom} ${near},${bottom}`
    });
  }
  function drawNote(item, frame) {
    const x = frame.columns.get(item.process) ?? frame.times;
    const y = item.top + 12;
    if (item.kind === "event") {
      const words2 = `${item.process} ${item.lines.join(", ")}`;
      const width2 = words2.length * CHARACTER + 16;
      return svg(
        "g",
        { class: "note event", "aria-hidden": "true" },
        svg("rect", { x: clamp(x - width2 / 2, frame, width2), y: y - 9, width: width2, height: 18, rx: 9 }),
        svg("text", { x: clamp(x - width2 / 2, frame, width2) + width2 / 2, y: y + 4, "text-anchor": "middle" }, words2)
      );
    }
    const more = item.lines.length > 1 ? ` (+${item.lines.length - 1} lines)` : "";
    const words = short(visibleText(item.lines[0] ?? ""), frame.width - frame.times - 40 - more.length * CHARACTER) + more;
    const width = words.length * CHARACTER + 14;
    const left = clamp(x - width / 2, frame, width);
    return svg(
      "g",
      { class: "note output", "aria-hidden": "true" },
      svg("title", {}, visibleText(`${item.process} at ${moment(item.at)}:
${item.lines.slice(0, 40).join("\n")}`)),
      svg("rect", { x: left, y: y - 10, width, height: 20, rx: 3 }),
      svg("text", { x: left + 7, y: y + 4 }, words)
    );
  }
  function clamp(left, frame, width) {
    return Math.max(frame.times, Math.min(left, frame.width - width - 4));
  }
  function drawGap({ top, bottom, ms, leftOut: leftOut2 }, frame) {
    const columns = [...frame.columns.values()];
    const middle = (Math.min(...columns) + Math.max(...columns)) / 2;
    return svg(
      "g",
      { class: "gap", "aria-hidden": "true" },
      columns.map((x) => svg("line", { x1: x, x2: x, y1: top, y2: bottom })),
      svg(
        "text",
        { x: middle, y: (top + bottom) / 2 + 4, "text-anchor": "middle" },
        leftOut2 > 0 ? `${counted(leftOut2, "packet")} left out, ${duration(ms)} later` : `${duration(ms)} later`
      )
    );
  }
  function drawTime(y, at, frame) {
    return svg(
      "text",
      { class: "time", x: frame.times - 24, y: y + 1, "text-anchor": "end", "aria-hidden": "true" },
      moment(at).replace(/\u00a0ms$/, "")
    );
  }
  function drawTimes(items, frame) {
    const times = [];
    let below = -Infinity;
    for (const item of items) {
      if (item.kind === "gap" || item.kind === "arc") continue;
      const [y, at] = item.kind === "packet" ? [item.top + 12, item.packet.at] : [item.top + 14, item.at];
      if (y >= below) {
        times.push(drawTime(y, at, frame));
        below = y + 15;
      }
    }
    return times;
  }
  function drawItems(items, frame, top, bottom) {
    const lifelines = [...frame.columns.values()].map((x) => svg("line", { class: "lifeline", x1: x, x2: x, y1: top, y2: bottom, "aria-hidden": "true" }));
    const drawn = (kind, draw2) => items.filter((item) => item.kind === kind).map((item) => draw2(item));
    return [
      ...drawn("packet", (item) => drawRow(item, frame)),
      ...lifelines,
      ...drawn("gap", (item) => drawGap(item, frame)),
      ...drawn("arc", (item) => drawArc(item, frame)),
      ...drawn("packet", (item) => drawPacket(item, frame)),
      ...drawn("event", (item) => drawNote(item, frame)),
      ...drawn("output", (item) => drawNote(item, frame)),
      ...drawTimes(items, frame)
    ];
  }
  const packetColumns = [
    "at_ms",
    "link",
    "direction",
    "from",
    "to",
    "flow",
    "nth",
    "bytes",
    "words",
    "fate",
    "arrives_ms",
    "why",
    "rules",
    "occurrence",
    "again",
    "strike",
    "copies_ms",
    "head"
  ];
  function eachRow(rows, read) {
    const places = new Map((rows?.columns ?? []).map((name, place) => [name, place]));
    return (rows?.data ?? []).map((row2, index) => read((name) => row2[places.get(name) ?? -1], index));
  }
  const text = (value) => typeof value === "string" ? value : "";
  const number = (value) => isNumber(value) ? value : 0;
  function kindOf(words) {
    const first = words.split(" ", 1)[0] ?? "";
    return /^[A-Za-z]/.test(first) ? first : words.startsWith('"') ? "text" : "other";
  }
  function isPureAcknowledgment({ strike }) {
    return typeof strike === "object" && strike !== null && !Array.isArray(strike) && strike["tcp"] === "ack";
  }
  function ownMarks(packet) {
    const marks2 = /* @__PURE__ */ new Set();
    const struckBy2 = (...rules) => rules.some((rule) => packet.rules.includes(rule));
    if (packet.fate === "dropped") marks2.add("lost");
    if (packet.fate === "undeliverable") marks2.add("undeliverable");
    if (packet.fate === "delivered" && struckBy2("delay", "queue", "reorder")) marks2.add("late");
    if (packet.copies.length > 0 || struckBy2("duplicate")) marks2.add("twice");
    if (struckBy2("corrupt")) marks2.add("flipped");
    if ((packet.again !== null || packet.occurrence > 0) && !isPureAcknowledgment(packet)) marks2.add("repeats");
    return marks2;
  }
  function packetOf(cell2, index) {
    const rules = cell2("rules");
    const words = text(cell2("words")) || `${number(cell2("bytes"))} bytes`;
    const arrives = cell2("arrives_ms");
    const again = cell2("again");
    const copies = cell2("copies_ms");
    const packet = {
      index,
      at: number(cell2("at_ms")),
      link: text(cell2("link")),
      direction: cell2("direction") === "down" ? "down" : "up",
      from: text(cell2("from")),
      to: text(cell2("to")),
      flow: text(cell2("flow")),
      nth: number(cell2("nth")),
      bytes: number(cell2("bytes")),
      words,
      kind: kindOf(words),
      fate: text(cell2("fate")),
      arrives: isNumber(arrives) ? arrives : null,
      why: text(cell2("why")),
      rules: Array.isArray(rules) ? rules.map(text) : [],
      occurrence: number(cell2("occurrence")),
      again: isNumber(again) ? again : null,
      copies: Array.isArray(copies) ? copies.filter(isNumber) : [],
      strike: cell2("strike") ?? null,
      head: text(cell2("head")),
      marks: /* @__PURE__ */ new Set()
    };
    packet.marks = ownMarks(packet);
    return packet;
  }
  function inTime(packets) {
    return [...packets].sort((a, b) => a.at - b.at || a.index - b.index);
  }
  function markOvertaken(packets) {
    const earliest = /* @__PURE__ */ new Map();
    for (const packet of inTime(packets).reverse()) {
      if (packet.arrives === null) {
        continue;
      }
      const lane = `${packet.link} ${packet.direction} ${packet.to}`;
      const later = earliest.get(lane) ?? Infinity;
      if (later < packet.arrives) {
        packet.marks.add("overtaken");
      }
      earliest.set(lane, Math.min(later, packet.arrives));
    }
  }
  function traceOf(file, withoutHeads = false) {
    const packets = eachRow(file.packets, packetOf);
    markOvertaken(packets);
    return {
      packets,
      packetsLeftOut: number(file.packets_left_out),
      output: eachRow(file.output, (cell2) => ({ at: number(cell2("at_ms")), process: text(cell2("process")), line: text(cell2("line")) })),
      outputLeftOut: number(file.output_left_out),
      events: eachRow(file.events, (cell2) => ({ at: number(cell2("at_ms")), process: text(cell2("process")), what: text(cell2("what")) })),
      withoutHeads
    };
  }
  async function inflated(base64) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Response(stream).text();
  }
  async function unpackTrace(packed) {
    return traceOf(JSON.parse(await inflated(packed.deflate)), packed.without_heads);
  }
  function holeOf(trace) {
    const last = /* @__PURE__ */ new Map();
    for (const packet of trace.packetsLeftOut > 0 ? trace.packets : []) {
      const lane = `${packet.link} ${packet.direction}`;
      const before = last.get(lane);
      if (before && packet.nth > before.nth + 1) {
        return { from: trace.packets[packet.index - 1]?.at ?? before.at, to: packet.at };
      }
      last.set(lane, packet);
    }
    return null;
  }
  function addVerdicts(trace, verdicts2) {
    const key = (link, direction, nth) => `${link} ${direction} ${nth}`;
    const known = new Map(verdicts2.map((one) => [key(one.link, one.direction, one.nth), one]));
    for (const packet of trace.packets) {
      const verdict = known.get(key(packet.link, packet.direction, packet.nth));
      if (verdict) {
        packet.verdict = verdict;
      }
    }
  }
  function processesOf(trace) {
    const left = /* @__PURE__ */ new Set();
    const right = /* @__PURE__ */ new Set();
    for (const packet of trace.packets) {
      left.add(packet.direction === "up" ? packet.from : packet.to);
      right.add(packet.direction === "up" ? packet.to : packet.from);
    }
    const others = [...trace.events, ...trace.output].map(({ process }) => process);
    return [.../* @__PURE__ */ new Set([...left, ...right, ...others])].filter((name) => name !== "");
  }
  const ROW = 22;
  const NOTE_ROW = 24;
  const BELOW_ARRIVAL = 17;
  const GAP_MOST = 3;
  function momentsOf(packets, output2, events) {
    const moments = [];
    for (const packet of packets) {
      moments.push({ at: packet.at, order: 3, packet });
      if (packet.arrives !== null) moments.push({ at: packet.arrives, order: 1, lands: packet });
      for (const at of packet.copies) moments.push({ at, order: 1, copy: packet });
    }
    for (const { at, process, what } of events) {
      moments.push({ at, order: what.startsWith("start") ? 0 : 4, note: { process, kind: "event", lines: [what] } });
    }
    for (const { at, process, line } of output2) {
      moments.push({ at, order: 2, note: { process, kind: "output", lines: [line] } });
    }
    moments.sort((a, b) => a.at - b.at || a.order - b.order);
    return joined(moments);
  }
  function joined(moments) {
    const made = [];
    for (const moment2 of moments) {
      const before = made.at(-1);
      if (moment2.note?.kind === "output" && before?.note?.kind === "output" && before.note.process === moment2.note.process && before.at === moment2.at) {
        before.note.lines.push(...moment2.note.lines);
      } else {
        made.push(moment2);
      }
    }
    return made;
  }
  function pixelsPerMs(moments, row2) {
    const steps = moments.slice(1).map((moment2, index) => moment2.at - (moments[index]?.at ?? 0)).filter((step) => step > 0).sort((a, b) => a - b);
    const usual = steps[Math.floor(steps.length * 0.75)] ?? 1;
    return 1.5 * row2 / usual;
  }
  function heights(moments, zoom, hole, leftOut2) {
    const row2 = ROW * zoom;
    const scale = pixelsPerMs(moments, row2);
    const lastOf = /* @__PURE__ */ new Map();
    const tops = [];
    const gaps = [];
    let holed = false;
    let y = row2;
    let time = moments[0]?.at ?? 0;
    for (const moment2 of moments) {
      const wanted = (moment2.at - time) * scale;
      const step = Math.min(wanted, GAP_MOST * row2);
      const isHole = hole !== null && !holed && moment2.at >= hole.to;
      const room = isHole ? Math.max(step, GAP_MOST * row2) : step;
      if (isHole || wanted > 3 * GAP_MOST * row2) {
        gaps.push({ kind: "gap", top: y + room * 0.15, bottom: y + room * 0.85, ms: moment2.at - time, leftOut: isHole ? leftOut2 : 0 });
      }
      holed ||= isHole;
      let place = y + room;
      if (moment2.copy) place = Math.max(place, y + 2 * zoom);
      if (moment2.lands) {
        place = Math.max(place, y + 3 * zoom);
        lastOf.set(moment2.lands.to, Math.max(lastOf.get(moment2.lands.to) ?? 0, place - (ROW - BELOW_ARRIVAL) * zoom));
      }
      const who = moment2.packet?.from ?? moment2.note?.process;
      if (who !== void 0) {
        const needed = moment2.note ? NOTE_ROW * Math.max(zoom, 0.75) : row2;
        place = Math.max(place, (lastOf.get(who) ?? -Infinity) + needed, moment2.note ? y + needed * 0.8 : y);
        lastOf.set(who, moment2.note ? place + needed * 0.3 : place);
      }
      tops.push(place);
      y = place;
      time = moment2.at;
    }
    return { tops, gaps, height: y + 2 * row2 };
  }
  function layOut(trace, packets, zoom, withNotes, saysWords) {
    const moments = momentsOf(
      packets,
      withNotes ? trace.output.filter(({ line }) => saysWords(line)) : [],
      withNotes ? trace.events : []
    );
    const { tops, gaps, height } = heights(moments, zoom, holeOf(trace), trace.packetsLeftOut);
    const lands = /* @__PURE__ */ new Map();
    const places = /* @__PURE__ */ new Map();
    const copies = /* @__PURE__ */ new Map();
    moments.forEach((moment2, index) => {
      if (moment2.lands) lands.set(moment2.lands, tops[index] ?? 0);
      if (moment2.copy) copies.set(moment2.copy, [...copies.get(moment2.copy) ?? [], tops[index] ?? 0]);
      if (moment2.packet) places.set(moment2.packet, tops[index] ?? 0);
    });
    const items = [...gaps];
    moments.forEach((moment2, index) => {
      const top = tops[index] ?? 0;
      if (moment2.note) {
        items.push({ kind: moment2.note.kind, top: top - 12, bottom: top + 12, at: moment2.at, ...pick(moment2.note) });
      } else if (moment2.packet) {
        const packet = moment2.packet;
        const copied = copies.get(packet) ?? [];
        const landing = lands.get(packet) ?? top + ROW * zoom * 0.6;
        items.push({ kind: "packet", top: top - 14, bottom: Math.max(landing, top, ...copied) + 12, packet, lands: landing, copies: copied });
        const repeated = packet.again === null ? void 0 : trace.packets[packet.again];
        const origin = repeated && places.get(repeated);
        if (origin !== void 0) items.push({ kind: "arc", top: origin, bottom: top, packet });
      }
    });
    items.sort((a, b) => a.top - b.top);
    let lowest = 0;
    const reach = items.map((item) => lowest = Math.max(lowest, item.bottom));
    return { items, reach, places, height };
  }
  function pick(note) {
    return { process: note.process, lines: note.lines };
  }
  function itemsBetween({ items, reach }, top, bottom) {
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = low + high >> 1;
      if ((reach[middle] ?? 0) < top) low = middle + 1;
      else high = middle;
    }
    const found = [];
    for (let index = low; index < items.length; index += 1) {
      const item = items[index];
      if (item === void 0 || item.top > bottom) break;
      if (item.bottom >= top) found.push(item);
    }
    return found;
  }
  const TIMES = 92;
  const TIMES_NARROW = 70;
  const COLUMN_LEAST = 150;
  class Ladder {
    constructor(trace, options) {
      this.trace = trace;
      this.options = options;
      this.canvas = svg("svg", { class: "ladder-canvas", role: "presentation" });
      this.names = element("div", { class: "ladder-names", "aria-hidden": "true" });
      this.sheet = element("div", { class: "ladder-sheet", role: "presentation" }, this.canvas);
      this.node = element("div", {
        class: "ladder",
        tabindex: "0",
        role: "listbox",
        "aria-label": options.label,
        keydown: (event) => this.key(event),
        click: (event) => this.click(event),
        scroll: () => this.drawIfNeeded()
      }, this.names, this.sheet);
      this.frame = this.newFrame();
      new ResizeObserver(() => this.resized()).observe(this.node);
    }
    node;
    canvas;
    names;
    sheet;
    layout = null;
    shown = [];
    places = /* @__PURE__ */ new Map();
    drawn = { top: 0, bottom: 0 };
    frame;
    prefix = freshId("packet");
    zoomed = 1;
    withNotes = true;
    words = () => true;
    // The packets that are shown, in order; the trace may have grown.
    show(packets, words = this.words) {
      this.shown = packets;
      this.words = words;
      this.places = new Map(packets.map((packet, place) => [packet, place]));
      this.node.setAttribute("aria-description", counted(packets.length, "packet"));
      this.lay();
    }
    get zoom() {
      return this.zoomed;
    }
    set zoom(zoom) {
      const middle = this.node.scrollTop / Math.max(1, this.layout?.height ?? 1);
      this.zoomed = zoom;
      this.lay();
      const selected = this.frame.selected;
      if (selected) this.reveal(selected);
      else this.node.scrollTop = middle * (this.layout?.height ?? 0);
      this.draw();
    }
    // Packets that stand out, as those that another run does not have.
    mark(packets) {
      this.frame.marked = packets;
      this.draw();
    }
    set notes(shown) {
      this.withNotes = shown;
      this.lay();
    }
    select(packet) {
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
    get atEnd() {
      return this.node.scrollTop + this.node.clientHeight >= this.node.scrollHeight - 60;
    }
    toEnd() {
      this.node.scrollTop = this.node.scrollHeight;
      this.drawIfNeeded();
    }
    // On paper nobody scrolls: the first pages of it are drawn, or all.
    print(most) {
      const height = Math.min(this.layout?.height ?? 0, most);
      this.node.style.setProperty("--printed", `${height}px`);
      this.draw(0, height);
      return height < (this.layout?.height ?? 0);
    }
    newFrame() {
      const names2 = processesOf(this.trace);
      const width = Math.max(this.node?.clientWidth || 800, 240);
      const times = width < 560 ? TIMES_NARROW : TIMES;
      const margin = width < 560 ? 26 : 70;
      const room = width - times - margin;
      const gap = names2.length > 1 ? Math.max(COLUMN_LEAST, Math.min(900, room / (names2.length - 1))) : 0;
      const columns = new Map(names2.map((name, place) => [name, Math.round(times + (width < 560 ? 4 : 20) + place * gap - (place > 0 ? 20 : 0))]));
      return {
        width: Math.max(width, ...[...columns.values()].map((x) => x + margin)),
        columns,
        times,
        zoom: this.zoomed,
        selected: this.frame?.selected ?? null,
        marked: this.frame?.marked ?? /* @__PURE__ */ new Set(),
        total: this.shown?.length ?? 0,
        optionId: (packet) => `${this.prefix}-${packet.index}`,
        placeOf: (packet) => this.places.get(packet) ?? 0
      };
    }
    lay() {
      this.layout = layOut(this.trace, this.shown, this.zoomed, this.withNotes, this.words);
      this.resized();
    }
    resized() {
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
    reveal(packet) {
      const place = this.layout?.places.get(packet);
      const view = this.node.clientHeight;
      if (place === void 0 || view === 0) {
        return;
      }
      if (place < this.node.scrollTop + 50 || place > this.node.scrollTop + view - 90) {
        this.node.scrollTop = Math.max(0, place - view / 3);
      }
    }
    drawIfNeeded() {
      const { scrollTop, clientHeight } = this.node;
      const above = scrollTop > 0 && scrollTop < this.drawn.top + 40;
      const below = scrollTop + clientHeight > this.drawn.bottom - 40 && this.drawn.bottom < (this.layout?.height ?? 0);
      if (above && this.drawn.top > 0 || below) {
        this.draw();
      }
    }
    draw(from, to) {
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
    click(event) {
      const hit = event.target.closest("[data-packet], [data-row]");
      const place = hit?.getAttribute("data-packet") ?? hit?.getAttribute("data-row");
      const packet = this.trace.packets[Number(place ?? -1)];
      if (packet) {
        this.select(packet);
        this.options.choose(packet);
      }
    }
    key(event) {
      const steps = {
        ArrowDown: 1,
        ArrowUp: -1,
        PageDown: 15,
        PageUp: -15,
        Home: -Infinity,
        End: Infinity
      };
      const { selected } = this.frame;
      const step = steps[event.key];
      if (step !== void 0 && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        const before = selected ? this.places.get(selected) ?? -1 : -1;
        this.select(this.shown[Math.max(0, Math.min(this.shown.length - 1, before + step))] ?? null);
      } else if ((event.key === "Enter" || event.key === " ") && selected) {
        event.preventDefault();
        this.options.choose(selected);
      }
    }
  }
  function hexDump(head) {
    const bytes = head.match(/../g) ?? [];
    const lines = [];
    for (let at = 0; at < bytes.length; at += 8) {
      const part = bytes.slice(at, at + 8);
      const letters = part.map((byte) => {
        const code = parseInt(byte, 16);
        return code >= 32 && code < 127 ? String.fromCharCode(code) : "·";
      }).join("");
      lines.push(`${at.toString(16).padStart(4, "0")}  ${part.join(" ").padEnd(23)}  ${letters}`);
    }
    return lines.join("\n");
  }
  function contents(packet, trace) {
    if (packet.head === "") {
      return element("p", { class: "quiet" }, trace.withoutHeads ? "The contents of packets are left out of this page, which would be too large with them; they are in trace.json in the run's folder." : "It is empty.");
    }
    const shown = packet.head.length / 2;
    return [
      element("pre", { class: "hex", tabindex: "0", role: "group", "aria-label": "Contents in hexadecimal" }, hexDump(packet.head)),
      shown < packet.bytes ? element("p", { class: "quiet" }, `The first ${shown} of ${count(packet.bytes)} bytes.`) : null
    ];
  }
  function facts(packet) {
    const rows = [
      ["sent", `${moment(packet.at)} by ${packet.from}`],
      ["arrives", packet.arrives === null ? "never" : `${moment(packet.arrives)} at ${packet.to}, after ${duration(packet.arrives - packet.at)}`],
      ["size", counted(packet.bytes, "byte")],
      ["coordinate", `${packet.link} ${packet.direction}, packet ${count(packet.nth)}; flow ${packet.flow || "–"}, ` + (packet.occurrence === 0 ? "these contents for the first time" : `these contents passed ${packet.occurrence === 1 ? "once" : `${packet.occurrence} times`} before`)]
    ];
    return element("dl", { class: "packet-facts" }, rows.map(([term, value]) => [element("dt", {}, term), element("dd", {}, value)]));
  }
  function repetitions(packet, trace, go) {
    const jump = (to) => element(
      "button",
      { type: "button", class: "jump", click: () => go(to) },
      `${to.words} at ${moment(to.at)}${fateWords(to) ? ` (${fateWords(to)})` : ""}`
    );
    const before = packet.again === null ? void 0 : trace.packets[packet.again];
    const after = trace.packets.filter((other) => other.again === packet.index).slice(0, 5);
    return [
      before ? element("p", {}, "↻ Repeats ", jump(before)) : null,
      after.length ? element("p", {}, "Repeated by ", after.map((one, index) => [index ? ", " : "", jump(one)])) : null
    ];
  }
  function ruleFor(packet) {
    if (packet.strike === null) {
      return null;
    }
    const rule = spacedJson(packet.strike);
    return [
      element("h5", {}, "The rule that strikes just this packet"),
      copyable(rule, element("code", {}, rule), "Rule"),
      element(
        "p",
        { class: "quiet" },
        "In a scenario: one of ",
        element("code", {}, `links.${packet.link}.${packet.direction}.exact`),
        "."
      )
    ];
  }
  function packetDetails(packet, trace, go, close) {
    const fate = fateWords(packet);
    return element(
      "aside",
      {
        class: "packet-details",
        "aria-label": `Packet ${visibleText(packet.words)} at ${moment(packet.at)}`,
        tabindex: "-1",
        keydown: (event) => {
          if (event.key === "Escape") close();
        }
      },
      element(
        "div",
        { class: "details-head" },
        element("h4", {}, visibleText(packet.words), " ", quiet(`${packet.from} → ${packet.to}`)),
        element("button", { type: "button", class: "close", "aria-label": "Close the packet's details", click: close }, "×")
      ),
      fate ? element("p", { class: `fate-line ${packet.marks.has("lost") ? "lost" : ""}` }, fate) : null,
      packet.why ? element("p", { class: "why" }, visibleText(packet.why)) : null,
      packet.verdict ? element(
        "p",
        { class: `fault-verdict ${packet.verdict.if_lost === "fatal" ? "fatal" : ""}` },
        `Fault map: ${verdictWords(packet.verdict)}`
      ) : null,
      repetitions(packet, trace, go),
      facts(packet),
      element("h5", {}, "Contents"),
      contents(packet, trace),
      ruleFor(packet)
    );
  }
  function choice(title, changed) {
    const id = freshId("choice");
    const select = element("select", { id, change: changed }, element("option", { value: "" }, `all ${title}`));
    const node = element(
      "span",
      { class: "choice", hidden: true },
      element("label", { for: id, class: "visually-hidden" }, `Show ${title}`),
      select
    );
    const known = /* @__PURE__ */ new Set();
    return {
      node,
      select,
      refresh(values) {
        for (const value of values.filter((one) => !known.has(one))) {
          known.add(value);
          select.append(element("option", { value }, value));
        }
        node.hidden = known.size < 2;
      }
    };
  }
  function haystack(packet) {
    return `${packet.words} ${packet.from} ${packet.to} ${packet.flow} ${packet.link} ${packet.why} ${packet.head}`.toLowerCase();
  }
  function packetFilter(trace, changed) {
    let mark = null;
    let words = "";
    const search = element("input", {
      type: "search",
      placeholder: "Search packets and output",
      "aria-label": "Search packets and output",
      input: () => {
        words = search.value.trim().toLowerCase();
        changed();
      }
    });
    const link = choice("links", changed);
    const kind = choice("kinds", changed);
    const flow = choice("flows", changed);
    const fates2 = marks.map(({ mark: own, title }) => ({
      mark: own,
      button: element("button", {
        type: "button",
        class: `chip ${own}`,
        "aria-pressed": "false",
        "data-mark": own,
        click: () => {
          mark = mark === own ? null : own;
          press();
          changed();
        }
      }, element("span", { class: "total" }), ` ${title}`)
    }));
    const press = () => fates2.forEach(({ mark: own, button }) => button.setAttribute("aria-pressed", String(own === mark)));
    function refresh() {
      const values = (of) => [...new Set(trace.packets.map(of))].sort();
      link.refresh(values((packet) => packet.link));
      kind.refresh(values((packet) => packet.kind));
      flow.refresh(values((packet) => packet.flow));
      for (const { mark: own, button } of fates2) {
        const total = trace.packets.filter((packet) => packet.marks.has(own)).length;
        button.hidden = total === 0;
        button.firstElementChild?.replaceChildren(count(total));
      }
    }
    refresh();
    return {
      node: element(
        "div",
        { class: "packet-filter" },
        search,
        link.node,
        kind.node,
        flow.node,
        element(
          "span",
          { class: "chips", role: "group", "aria-label": "Show packets by their fate" },
          fates2.map(({ button }) => button)
        )
      ),
      matching: () => inTime(trace.packets).filter((packet) => (mark === null || packet.marks.has(mark)) && (link.select.value === "" || packet.link === link.select.value) && (kind.select.value === "" || packet.kind === kind.select.value) && (flow.select.value === "" || packet.flow === flow.select.value) && (words === "" || haystack(packet).includes(words))),
      saysWords: (line) => line.toLowerCase().includes(words),
      clear() {
        mark = null;
        words = "";
        search.value = link.select.value = kind.select.value = flow.select.value = "";
        press();
        changed();
      },
      refresh
    };
  }
  const PAGE = 100;
  class PacketTable {
    constructor(choose) {
      this.choose = choose;
    }
    node = element("div", { class: "packet-table" });
    packets = [];
    page = 0;
    show(packets) {
      this.packets = packets;
      this.page = 0;
      this.draw();
    }
    select(packet) {
      const place = this.packets.indexOf(packet);
      if (place >= 0 && Math.floor(place / PAGE) !== this.page) {
        this.page = Math.floor(place / PAGE);
        this.draw();
      }
    }
    draw() {
      const from = this.page * PAGE;
      const part = this.packets.slice(from, from + PAGE);
      const verdicts2 = part.some((packet) => packet.verdict);
      const number2 = (title) => ({ title, numeric: true });
      this.node.replaceChildren(
        table(
          `Packets ${count(part.length ? from + 1 : 0)} to ${count(from + part.length)} of ${count(this.packets.length)}`,
          [
            number2("sent"),
            { title: "packet" },
            { title: "from" },
            { title: "to" },
            { title: "fate" },
            number2("arrives"),
            ...verdicts2 ? [{ title: "if lost" }] : [],
            { title: "why" }
          ],
          part.map((packet) => [
            moment(packet.at),
            element("button", { type: "button", class: "jump", click: () => this.choose(packet) }, visibleText(packet.words)),
            packet.from,
            packet.to,
            [packet.marks.has("repeats") ? "repeated " : "", fateWords(packet) || packet.fate].join(""),
            packet.arrives === null ? "never" : moment(packet.arrives),
            ...verdicts2 ? [packet.verdict ? verdictWords(packet.verdict) : ""] : [],
            visibleText(packet.why)
          ]),
          { rowClass: (row2) => part[row2]?.marks.has("lost") ? "row-unmet" : null }
        ),
        this.pager()
      );
    }
    pager() {
      const pages = Math.ceil(this.packets.length / PAGE);
      const turn = (by) => () => {
        this.page += by;
        this.draw();
        this.node.querySelector(".scroll")?.focus();
      };
      return element(
        "p",
        { class: "pager" },
        element("button", { type: "button", disabled: this.page === 0, click: turn(-1) }, "Earlier"),
        ` page ${count(this.page + 1)} of ${count(Math.max(1, pages))} `,
        element("button", { type: "button", disabled: this.page + 1 >= pages, click: turn(1) }, "Later")
      );
    }
  }
  const zooms = [0.2, 0.35, 0.55, 0.75, 1, 1.4, 2];
  function leftOut(trace) {
    return [
      trace.packets.length === 0 && trace.events.length > 0 ? "No datagram went over a link; what streams carry is not shown." : "",
      trace.packetsLeftOut > 0 ? `${counted(trace.packetsLeftOut, "packet")} more passed, which the trace does not hold.` : "",
      trace.outputLeftOut > 0 ? `${counted(trace.outputLeftOut, "line")} of output more were printed.` : "",
      trace.withoutHeads ? "To keep this page small, the contents of the packets are left out; they are in trace.json in the run's folder." : ""
    ].filter(Boolean).join(" ");
  }
  function messages(trace, label) {
    const ladder = new Ladder(trace, { label, choose: (packet) => choose(packet, true) });
    const list = new PacketTable((packet) => choose(packet, true));
    const side = element("div", { class: "side", hidden: true });
    const status = element("p", { class: "quiet shown", role: "status" });
    const remarks = element("p", { class: "quiet" });
    const filter = packetFilter(trace, () => show());
    list.node.hidden = true;
    function show() {
      const packets = filter.matching();
      ladder.show(packets, filter.saysWords);
      if (!list.node.hidden) list.show(packets);
      remarks.textContent = leftOut(trace);
      status.textContent = packets.length === trace.packets.length ? counted(packets.length, "packet") : `${count(packets.length)} of ${counted(trace.packets.length, "packet")}`;
    }
    function close() {
      side.hidden = true;
      ladder.select(null);
      (ladder.node.hidden ? list.node : ladder.node).focus();
    }
    function choose(packet, andFocus = false) {
      if (!filter.matching().includes(packet)) {
        filter.clear();
      }
      side.hidden = false;
      side.replaceChildren(packetDetails(packet, trace, (other) => choose(other, true), close));
      ladder.select(packet);
      list.select(packet);
      if (andFocus) side.querySelector("aside")?.focus({ preventScroll: true });
      if (andFocus && matchMedia("(max-width: 46rem)").matches) side.scrollIntoView({ block: "nearest" });
    }
    const tools = viewTools(ladder, list, show);
    show();
    return {
      node: element(
        "div",
        { class: "messages" },
        element("div", { class: "tools" }, filter.node, tools),
        element("div", { class: "stage" }, element("div", { class: "view" }, ladder.node, list.node), side),
        element("div", { class: "below" }, status, remarks)
      ),
      ladder,
      choose,
      refresh() {
        filter.refresh();
        show();
      }
    };
  }
  function viewTools(ladder, list, show) {
    const zoomBy = (step) => () => {
      const place = zooms.indexOf(ladder.zoom) + step;
      const zoom = zooms[place];
      if (zoom !== void 0) ladder.zoom = zoom;
      smaller.disabled = place <= 0;
      larger.disabled = place >= zooms.length - 1;
    };
    const smaller = element("button", { type: "button", "aria-label": "Zoom out", click: zoomBy(-1) }, "−");
    const larger = element("button", { type: "button", "aria-label": "Zoom in", click: zoomBy(1) }, "+");
    const notes = element("button", {
      type: "button",
      "aria-pressed": "true",
      click: () => {
        const on = notes.getAttribute("aria-pressed") !== "true";
        notes.setAttribute("aria-pressed", String(on));
        ladder.notes = on;
      }
    }, "Output");
    const asTable = element("button", {
      type: "button",
      "aria-pressed": "false",
      click: () => {
        const on = asTable.getAttribute("aria-pressed") !== "true";
        asTable.setAttribute("aria-pressed", String(on));
        ladder.node.hidden = on;
        list.node.hidden = !on;
        show();
      }
    }, "Table");
    return element("span", { class: "view-tools", role: "group", "aria-label": "View" }, smaller, larger, notes, asTable);
  }
  const KEPT = 2e4;
  const DROPPED_AT_ONCE = 4e3;
  class LiveTrace {
    trace = traceOf({});
    gone = 0;
    packet(row2) {
      const cells = new Map(packetColumns.map((name, place) => [name, row2[place]]));
      const packet = packetOf((name) => cells.get(name), this.trace.packets.length);
      if (packet.again !== null) packet.again = packet.again >= this.gone ? packet.again - this.gone : null;
      this.trace.packets.push(packet);
      if (this.trace.packets.length > KEPT) this.forget(DROPPED_AT_ONCE);
    }
    forget(many) {
      const { packets, output: output2, events } = this.trace;
      packets.splice(0, many);
      this.gone += many;
      this.trace.packetsLeftOut += many;
      for (const packet of packets) {
        packet.index -= many;
        if (packet.again !== null) packet.again = packet.again >= many ? packet.again - many : null;
      }
      const begin = packets[0]?.at ?? Infinity;
      for (const list of [output2, events]) list.splice(0, list.findIndex(({ at }) => at >= begin));
    }
    clear() {
      for (const list of [this.trace.packets, this.trace.output, this.trace.events]) list.length = 0;
      this.trace.packetsLeftOut = this.gone = 0;
    }
  }
  class LiveView {
    live = new LiveTrace();
    view = messages(this.live.trace, "Messages as they pass");
    status = element("p", { class: "live-status", role: "status" }, "connecting …");
    problem = element("p", { class: "message error", role: "alert", hidden: true });
    controls = element("div", { class: "controls" });
    follow = element("input", { type: "checkbox", id: "follow", checked: true });
    links = /* @__PURE__ */ new Map();
    token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
    run = "";
    ended = false;
    lost = 0;
    waits = false;
    constructor(title) {
      document.title = `${title} · badwire live`;
      byId("head").append(element(
        "div",
        {},
        element("p", { class: "brand" }, "badwire", element("span", { class: "quiet" }, " live")),
        element("h1", {}, title),
        this.status
      ));
      byId("main").append(element(
        "div",
        {},
        this.problem,
        this.controls,
        element(
          "section",
          { "aria-label": "Messages" },
          element("p", { class: "follow" }, this.follow, element("label", { for: "follow" }, " Follow what comes")),
          this.view.node
        )
      ));
      void this.listen();
    }
    headers() {
      return this.token ? { Authorization: `Bearer ${this.token}` } : {};
    }
    listen() {
      return listen(() => this.headers(), {
        // Whoever comes again is told again what has passed.
        opened: () => {
          this.live.clear();
          this.say("live", "live");
        },
        closed: () => this.say("lost", "the connection is lost; asking again …"),
        refused: () => this.askForToken(),
        event: (name, data) => this.take(name, JSON.parse(data))
      }, () => this.ended);
    }
    say(kind, words) {
      this.status.className = `live-status ${kind}`;
      this.status.textContent = words;
    }
    take(name, data) {
      const { trace } = this.live;
      if (name === "state") this.showState(data);
      else if (name === "end") this.end(data);
      else if (name === "left_out") this.missed(data.events ?? 0);
      else if (Array.isArray(data)) {
        const [at, process, words] = data;
        if (name === "packet") this.live.packet(data);
        else if (isNumber(at) && name === "output") trace.output.push({ at, process: String(process), line: String(words) });
        else if (isNumber(at) && name === "event") trace.events.push({ at, process: String(process), what: String(words) });
        this.refreshSoon();
      }
    }
    // More came than could be told.
    missed(events) {
      this.lost += events;
      this.say("live", `live; ${counted(this.lost, "event")} came too fast to be shown`);
    }
    // A busy relay sends thousands of packets in a second; nobody reads faster than this.
    refreshSoon() {
      if (this.waits) return;
      this.waits = true;
      setTimeout(() => {
        this.waits = false;
        markOvertaken(this.live.trace.packets);
        this.view.refresh();
        if (this.follow.checked) this.view.ladder.toEnd();
      }, 200);
    }
    showState(state) {
      if (state.run !== void 0 && state.run !== this.run) {
        this.run = state.run;
        this.live.clear();
        this.refreshSoon();
      }
      const shown = state.control === false ? {} : state.links ?? {};
      for (const [name, link] of Object.entries(shown)) {
        let controls = this.links.get(name);
        if (controls === void 0) {
          controls = linkControls(name, (method, path, body) => this.ask(method, path, body));
          this.links.set(name, controls);
          this.controls.append(controls.node);
        }
        controls.show(link);
      }
      for (const [name, { node }] of this.links) node.hidden = !(name in shown);
    }
    async ask(method, path, body) {
      try {
        const answer = await fetch(path, {
          method,
          body: JSON.stringify(body),
          headers: { "Content-Type": "application/json", ...this.headers() }
        });
        const said = await answer.text();
        this.problem.hidden = answer.ok;
        if (answer.status === 401) this.askForToken();
        else if (!answer.ok) this.problem.textContent = `${method} ${path}: ${reasonIn(said) || `HTTP ${answer.status}`}`;
      } catch {
        this.problem.hidden = false;
        this.problem.textContent = `${method} ${path}: nobody answers`;
      }
    }
    end({ verdict, headline }) {
      this.ended = true;
      this.say(verdict ?? "over", ["ended", verdict ?? "", headline ? visibleText(headline) : ""].filter(Boolean).join(": "));
    }
    askForToken() {
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
  function reasonIn(answer) {
    try {
      return String(JSON.parse(answer).error ?? "");
    } catch {
      return answer;
    }
  }
  function showLive(title) {
    document.body.classList.add("is-live");
    setChartFont();
    new LiveView(title);
  }
  function claimOf(made) {
    const faults = (made.faults ?? []).map(inWords).join(", ") || "drop";
    const size = made.at_most === void 0 ? "faults" : `at most ${counted(made.at_most, "fault")}`;
    return made.certified ? `No pattern of ${size} (${faults}) among the first ${count(made.first)} packets makes it fail.` : `${counted(made.counterexample?.length ?? 0, "fault")}, of ${size} (${faults}), among the first ${count(made.first)} packets ${made.counterexample?.length === 1 ? "makes" : "make"} it fail: ${made.failure ?? ""}`;
  }
  function certificateOverview(made) {
    if (!made || typeof made !== "object") {
      return null;
    }
    const texts = (values) => (values ?? []).map((one) => typeof one === "string" ? one : spacedJson(one)).join("; ");
    const facts2 = [
      ["scenario", made.scenario],
      ["seed", String(made.seed ?? "")],
      ["patterns", count(made.patterns)],
      ["runs", count(made.runs)],
      ["packets without faults", count(made.packets_without_faults)],
      ["without", texts(made.without)],
      ["not expected", texts(made.not_expected)],
      ["expected", texts(made.expected)]
    ].filter(([, value]) => value);
    return element(
      "section",
      { class: "overview certificate", "aria-labelledby": "certificate" },
      element("h2", { id: "certificate" }, made.certified ? "Certified" : "Not certified"),
      element("p", { class: `message ${made.certified ? "pass" : "fail"}` }, visibleText(claimOf(made))),
      (made.counterexample ?? []).length ? element("ol", { class: "faults" }, (made.counterexample ?? []).map((fault) => element(
        "li",
        {},
        element("p", {}, visibleText(fault.told ?? "")),
        fault.rule === void 0 ? null : copyable(spacedJson(fault.rule), element("code", {}, spacedJson(fault.rule)), "Rule"),
        element("p", { class: "quiet" }, "one of ", element("code", {}, `links.${fault.link ?? ""}.${fault.direction ?? ""}.exact`))
      ))) : null,
      element("dl", { class: "facts-list" }, facts2.map(([term, value]) => element("div", {}, element("dt", {}, term), element("dd", {}, visibleText(value ?? "")))))
    );
  }
  function searchOverview(search) {
    if (!search) {
      return null;
    }
    const number2 = (title) => ({ title, numeric: true });
    return element(
      "section",
      { class: "overview", "aria-labelledby": "search-overview" },
      element("h2", { id: "search-overview" }, "Search"),
      element("p", {}, `${counted(search.runs ?? 0, "run")}, of which ${count(search.failed ?? 0)} failed${search.kinds?.length ? `, in ${counted(search.kinds.length, "way")}` : ""}.`),
      search.kinds?.length ? table(
        "Kinds of failures",
        [{ title: "expected, and did not come true" }, { title: "the last packets" }, number2("runs"), number2("first seed")],
        search.kinds.map((kind) => [visibleText(kind.expected ?? ""), visibleText(kind.last_packets ?? ""), count(kind.count), String(kind.seed ?? "")]),
        { quietCaption: true }
      ) : null
    );
  }
  function coordinates(packets) {
    const times = /* @__PURE__ */ new Map();
    return new Map(packets.map((packet) => {
      const same = `${packet.link}
${packet.direction}
${packet.flow}
${packet.words}
${packet.bytes}`;
      const nth = times.get(same) ?? 0;
      times.set(same, nth + 1);
      return [`${same}
${nth}`, packet];
    }));
  }
  function differenceOf(left, right) {
    const fates2 = (packet) => [packet.fate, ...packet.marks].filter((mark) => !["late", "overtaken", "repeats"].includes(mark)).sort().join();
    return fates2(left) === fates2(right) ? "" : `${fateWords(left) || left.fate} against ${fateWords(right) || right.fate}`;
  }
  function pairsOf(left, right) {
    const [ofLeft, ofRight] = [coordinates(left.packets), coordinates(right.packets)];
    const pairs = [];
    const rest = [...ofRight];
    let next = 0;
    const takeOthers = (until) => {
      for (; next < rest.length && rest[next]?.[0] !== until; next += 1) {
        const [key, packet] = rest[next] ?? [];
        if (key !== void 0 && packet !== void 0 && !ofLeft.has(key)) pairs.push({ right: packet, differs: "only in the second" });
      }
    };
    const place = new Map(rest.map(([key], index) => [key, index]));
    for (const [key, packet] of ofLeft) {
      const other = ofRight.get(key);
      if (other && (place.get(key) ?? -1) >= next) {
        takeOthers(key);
        next += 1;
      }
      pairs.push({ left: packet, right: other, differs: other ? differenceOf(packet, other) : "only in the first" });
    }
    takeOthers(null);
    return pairs;
  }
  const verdicts = ["fail", "error", "inconclusive", "pass"];
  const verdictGlyphs = { pass: "✓", fail: "✗", error: "!", inconclusive: "?" };
  function verdictBadge(verdict) {
    return element(
      "span",
      { class: `verdict ${verdict}` },
      element("span", { "aria-hidden": "true", class: "glyph" }, verdictGlyphs[verdict]),
      verdict
    );
  }
  function titleOf(run) {
    return run.title ?? run.scenario;
  }
  function circumstances(run) {
    return [
      run.network,
      `seed ${run.seed}`,
      run.repeat !== 0 ? `repeat ${run.repeat}` : null,
      ...Object.entries(run.matrix ?? {}).map(([key, value]) => `${key} = ${inWords(value)}`)
    ].filter((part) => part !== null).join(" · ");
  }
  const COLUMNS_MOST = 12;
  const shownMessages = [];
  async function traceOfRun(run, packed) {
    const trace = await unpackTrace(packed);
    addVerdicts(trace, run.fault_map ?? []);
    return trace;
  }
  function packetOfLine(trace, { link, direction, nth }) {
    return trace.packets.find((packet) => packet.link === link && packet.nth === nth && (direction === void 0 || packet.direction === direction));
  }
  function runMessages(run, packed) {
    const node = element("section", { class: "messages-section" }, element("h4", {}, "Messages"));
    if (packed === void 0 || packed.deflate === "") {
      node.append(quiet(packed?.left_out ? `The packets are left out of this page, which would be too large with them; they are in trace.json in ${run.folder ?? "the run's folder"}.` : ""));
      node.hidden = !packed?.left_out;
      return { node, go: () => {
      }, trace: Promise.resolve(null) };
    }
    const waiting = element("p", { class: "quiet" }, "Reading the packets …");
    node.append(waiting);
    let view = null;
    const trace = traceOfRun(run, packed).then((read) => {
      if (read.packets.length === 0 && processesOf(read).length > COLUMNS_MOST) {
        node.hidden = true;
        return read;
      }
      view = messages(read, `Messages of ${run.title ?? run.scenario}`);
      shownMessages.push(view);
      waiting.replaceWith(view.node);
      return read;
    }).catch((error) => {
      waiting.textContent = `The packets of this run cannot be read: ${String(error)}`;
      return null;
    });
    const go = (line) => {
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
  function printMessages() {
    for (const { ladder, node } of shownMessages) {
      node.classList.toggle("cut", ladder.print(2600));
    }
  }
  const emptyIfNone = (run) => run.node.hidden ? null : run.node;
  function sourcesOf(results2, traces, folder, prefix = "run") {
    return results2.runs.flatMap((run, index) => {
      const packed = traces[index];
      return packed?.deflate ? [{
        run,
        packed,
        id: `${prefix}-${index + 1}`,
        name: `${folder ? `${folder}: ` : ""}${index + 1}. ${run.verdict}: ${titleOf(run)} (${circumstances(run)})`
      }] : [];
    });
  }
  const sameScenario = (a, b) => a.scenario === b.scenario && JSON.stringify(a.matrix ?? {}) === JSON.stringify(b.matrix ?? {});
  function firstPair(sources2) {
    const [first, second] = sources2;
    if (!first || !second) {
      return null;
    }
    for (const wanted of [(a, b) => a.verdict !== "pass" && b.verdict === "pass", (a, b) => a.network !== b.network, () => true]) {
      for (const a of sources2) {
        const b = sources2.find((other) => other !== a && sameScenario(a.run, other.run) && wanted(a.run, other.run));
        if (b) return [a, b];
      }
    }
    return [first, second];
  }
  function comparer(sources2) {
    const pair = firstPair(sources2);
    if (pair === null) {
      return null;
    }
    const place = element("div", { class: "compared" });
    const choose = (title, chosen2) => {
      const id = freshId("compared");
      const select = element(
        "select",
        { id, change: () => void draw2() },
        sources2.map((source) => element("option", { value: source.id, selected: source === chosen2 }, source.name))
      );
      return { select, node: element("p", { class: "compared-choice" }, element("label", { for: id }, title), " ", select) };
    };
    const left = choose("First", pair[0]);
    const right = choose("Second", pair[1]);
    const chosen = (select) => sources2.find(({ id }) => id === select.value);
    async function draw2() {
      const [one, other] = [chosen(left.select), chosen(right.select)];
      if (!one || !other) return;
      const traces = await Promise.all([one, other].map(({ run, packed }) => traceOfRun(run, packed)));
      if (traces[0] && traces[1]) place.replaceChildren(sideBySide(one, traces[0], other, traces[1]));
    }
    const details = lazyDetails(
      { class: "compare" },
      element("summary", {}, element("h2", { id: "compare" }, "Two runs, side by side")),
      () => {
        void draw2();
        return [element("div", { class: "compared-choices" }, left.node, right.node), place];
      }
    );
    return {
      node: element("section", { class: "overview", "aria-labelledby": "compare" }, details.node),
      compare(first, second) {
        left.select.value = first;
        right.select.value = second;
        details.openNow();
        void draw2();
        details.node.scrollIntoView();
      }
    };
  }
  function sideBySide(one, oneTrace, other, otherTrace) {
    const pairs = pairsOf(oneTrace, otherTrace);
    const differing = pairs.filter(({ differs }) => differs !== "");
    const first = differing[0];
    const words = first === void 0 ? `All ${counted(pairs.length, "packet")} are the same, and met the same fates.` : `${counted(differing.length, "packet")} of ${count(pairs.length)} differ. The first: ${packetIn(first.left ?? first.right)}: ${first.differs}.`;
    const ladders = [[one, oneTrace, "left"], [other, otherTrace, "right"]].map(([source, trace, side]) => {
      const label = `${side === "left" ? "First" : "Second"} run: ${titleOf(source.run)}, ${circumstances(source.run)}`;
      const ladder = new Ladder(trace, { label, choose: () => {
      } });
      ladder.mark(new Set(differing.map((pair) => pair[side]).filter((packet) => packet !== void 0)));
      ladder.show(trace.packets);
      const near = first && (first[side] ?? pairs.slice(0, pairs.indexOf(first)).reverse().find((pair) => pair[side])?.[side]);
      if (near) setTimeout(() => ladder.select(near));
      return element("div", { class: "half" }, element("p", {}, verdictBadge(source.run.verdict), " ", quiet(circumstances(source.run))), ladder.node);
    });
    return element(
      "div",
      {},
      element("p", { class: "divergence", role: "status" }, visibleText(words)),
      element("div", { class: "halves" }, ladders),
      differences(differing)
    );
  }
  const packetIn = (packet) => packet ? `${packet.words}, ${packet.from} to ${packet.to}, at ${moment(packet.at)}` : "";
  function differences(differing) {
    const most = 50;
    const fate = (packet) => packet ? `${moment(packet.at)} ${fateWords(packet) || packet.fate}` : "–";
    return differing.length === 0 ? null : [
      table(
        differing.length > most ? `The first ${most} of ${count(differing.length)} that differ` : "What differs",
        [{ title: "packet" }, { title: "way" }, { title: "first" }, { title: "second" }],
        differing.slice(0, most).map(({ left, right }) => {
          const packet = left ?? right;
          return [visibleText(packet?.words ?? ""), packet ? `${packet.from} → ${packet.to}` : "", fate(left), fate(right)];
        })
      )
    ];
  }
  const shownAs$1 = { agree: "pass", differ: "fail", inconclusive: "inconclusive" };
  const beside = (left, right, compare) => left && right && compare ? element("button", { type: "button", class: "jump", click: () => compare(left, right) }, "side by side") : "";
  function networkComparisons(results2, compare) {
    const all = results2.comparisons ?? [];
    if (all.length === 0) {
      return null;
    }
    const runOn = (one, network) => {
      const index = results2.runs.findIndex((run) => run.scenario === one.scenario && run.network === network && String(run.seed) === String(one.seed) && JSON.stringify(run.matrix ?? {}) === JSON.stringify(one.matrix ?? {}));
      return index < 0 ? null : `run-${index + 1}`;
    };
    return element(
      "section",
      { class: "overview", "aria-labelledby": "networks" },
      element("h2", { id: "networks" }, "Networks, compared"),
      table(
        "Whether two networks tell the same",
        [{ title: "result" }, { title: "scenario" }, { title: "packets in common", numeric: true }, { title: "what differs" }, { title: "look" }],
        all.map((one) => [
          element("span", { class: `verdict ${shownAs$1[one.result ?? "inconclusive"]}` }, one.result ?? ""),
          element("span", {}, one.scenario ?? "", " ", quiet([
            one.networks?.join(" and ") ?? "",
            `seed ${one.seed}`,
            ...Object.entries(one.matrix ?? {}).map(([key, value]) => `${key} = ${inWords(value)}`)
          ].join(" · "))),
          `${count(one.in_common)} of ${count(one.packets)}`,
          visibleText([
            one.why_inconclusive,
            one.first_diverging ? `first: ${one.first_diverging}` : "",
            ...(one.differences ?? []).slice(0, 5).map(({ of, what }) => `${of ?? ""}: ${what ?? ""}`)
          ].filter(Boolean).join("; ")) || "nothing",
          beside(runOn(one, one.networks?.[0]), runOn(one, one.networks?.[1]), compare)
        ]),
        { quietCaption: true }
      )
    );
  }
  const keyOf = (run) => JSON.stringify([run.scenario, run.network, String(run.seed), run.repeat, run.interleaving ?? null, run.matrix ?? {}]);
  function matched(now, before) {
    const old = new Map(before.runs.map((run, index) => [keyOf(run), { run, index }]));
    const made = now.runs.map((run, place) => {
      const found = old.get(keyOf(run));
      old.delete(keyOf(run));
      return { now: run, before: found?.run, place, placeBefore: found?.index ?? -1 };
    });
    return [...made, ...[...old.values()].map(({ run, index }) => ({ before: run, place: -1, placeBefore: index }))];
  }
  function changesOf({ now, before }) {
    if (!now || !before) {
      return [];
    }
    const changes = [];
    const whats = new Map((before.expectations ?? []).map(({ what, met }) => [what, met]));
    for (const { what, met } of now.expectations ?? []) {
      const was = whats.get(what);
      if (was !== void 0 && was !== met) changes.push(met ? `now met: ${what}` : `no longer met: ${what}`);
    }
    if (isNumber(now.elapsed_ms) && isNumber(before.elapsed_ms) && Math.abs(now.elapsed_ms - before.elapsed_ms) > 0.05 * before.elapsed_ms) {
      changes.push(`took ${duration(before.elapsed_ms)}, now ${duration(now.elapsed_ms)}`);
    }
    for (const [name, process] of Object.entries(now.processes ?? {})) {
      const old = before.processes?.[name]?.metrics ?? {};
      for (const [metric, value] of Object.entries(process.metrics ?? {})) {
        const was = old[metric];
        if (!isNumber(value) || !isNumber(was) || /_(ms|s|us|ns)$/.test(metric) || value === was) continue;
        changes.push(`${name}.${metric} ${count(was)}, now ${count(value)}`);
      }
    }
    return changes;
  }
  function againstOverview(now, nowName, before, beforeName, compare) {
    const all = matched(now, before);
    const both = all.filter((one) => one.now && one.before);
    const changed = both.filter((one) => one.now?.verdict !== one.before?.verdict);
    const worse = changed.filter((one) => one.before?.verdict === "pass");
    const better = changed.filter((one) => one.now?.verdict === "pass");
    const fresh = all.filter((one) => !one.before);
    const gone = all.filter((one) => !one.now);
    const told = [...changed, ...both.filter((one) => !changed.includes(one) && changesOf(one).length > 0)];
    const summary = [
      ["no longer pass", worse],
      ["pass now", better],
      ["fail otherwise", changed.filter((one) => !worse.includes(one) && !better.includes(one))],
      ["new", fresh],
      ["gone", gone],
      ["as before", both.filter((one) => !changed.includes(one))]
    ].filter(([, some]) => some.length > 0).map(([words, some]) => `${words}: ${count(some.length)}`).join(", ");
    return element(
      "section",
      { class: "overview", "aria-labelledby": "against" },
      element("h2", { id: "against" }, "Against ", beforeName),
      element("p", {}, `${nowName} against ${beforeName}: ${summary}.`),
      told.length || fresh.length || gone.length ? table(
        "What changed",
        [{ title: "before" }, { title: "now" }, { title: "run" }, { title: "what changed" }, { title: "look" }],
        [...told, ...fresh, ...gone].slice(0, 300).map((one) => row(one, compare)),
        { quietCaption: true }
      ) : null
    );
  }
  function row(one, compare) {
    const run = one.now ?? one.before;
    const changes = changesOf(one);
    const story = one.now?.story?.headline ?? one.now?.message;
    const shown = [one.now?.verdict !== one.before?.verdict && story ? story : "", ...changes.slice(0, 4), changes.length > 4 ? `and ${changes.length - 4} more` : ""];
    return [
      one.before ? verdictBadge(one.before.verdict) : "new",
      one.now ? verdictBadge(one.now.verdict) : "gone",
      element(
        "span",
        {},
        one.now ? element("a", { href: `#run-${one.place + 1}` }, run ? titleOf(run) : "") : run ? titleOf(run) : "",
        " ",
        quiet(run ? circumstances(run) : "")
      ),
      visibleText(shown.filter(Boolean).join("; ")),
      beside(one.now ? `run-${one.place + 1}` : null, one.before ? `before-${one.placeBefore + 1}` : null, compare)
    ];
  }
  function loadSection(run) {
    const loads = Object.entries(run.load ?? {});
    if (loads.length === 0) {
      return null;
    }
    const time = (title) => ({ title, numeric: true });
    const titles = [
      "requests",
      "answered",
      "gave up",
      "refused",
      "failed",
      "mean waiting",
      "99 % within",
      "mean response"
    ];
    const counters = ["requests", "answered", "gave_up", "refused", "failed"];
    return element(
      "section",
      {},
      element("h4", {}, "Load"),
      table(
        "What became of the requests, and how long they waited",
        [{ title: "clients" }, ...titles.map(time)],
        loads.map(([clients, load]) => [
          clients,
          ...counters.map((key) => count(load[key] ?? 0)),
          duration(load.waiting_ms?.mean ?? null),
          duration(load.waiting_ms?.p99 ?? null),
          duration(load.response_ms?.mean ?? null)
        ])
      ),
      run.waiting_left_out ? element(
        "p",
        { class: "quiet" },
        `All ${count(run.waiting_left_out)} waiting times are in waiting.csv in the run's folder.`
      ) : null
    );
  }
  const shownAs = { agrees: "pass", differs: "fail", inconclusive: "inconclusive" };
  function theoryOverview(theories) {
    if (theories.length === 0) {
      return null;
    }
    const number2 = (title) => ({ title, numeric: true });
    return element(
      "section",
      { class: "overview", "aria-labelledby": "theory-overview" },
      element("h2", { id: "theory-overview" }, "Waiting, beside theory"),
      table(
        "Mean waiting with its 95 % interval",
        [
          { title: "verdict" },
          { title: "clients" },
          { title: "model" },
          number2("utilisation"),
          number2("theory"),
          number2("measured"),
          number2("95 % interval"),
          number2("runs")
        ],
        theories.map((one) => [
          element("span", { class: `verdict ${shownAs[one.verdict]}`, title: one.message }, one.verdict),
          element("span", {}, one.clients, " ", quiet(
            [one.title, one.network, ...Object.entries(one.matrix ?? {}).map(([k, v]) => `${k} ${inWords(v)}`)].filter(Boolean).join(", ")
          )),
          one.model,
          isNumber(one.utilisation) ? one.utilisation.toPrecision(3) : "",
          duration(one.theory_ms),
          duration(one.waiting_ms.mean),
          `${duration(one.waiting_ms.low)} to ${duration(one.waiting_ms.high)}`,
          count(one.runs)
        ]),
        { quietCaption: true }
      ),
      ...theories.filter((one) => one.verdict !== "agrees").map((one) => element("p", {}, `${one.verdict}: ${one.message}`))
    );
  }
  function waitsAtMost(theory) {
    const servers = Number(/^M\/M\/(\d+)$/.exec(theory.model)?.[1]);
    const { arrivals_per_s: rate, service_ms: service } = theory;
    if (!servers || !isNumber(rate) || !isNumber(service) || rate <= 0 || service <= 0) {
      return null;
    }
    const [lambda, mu] = [rate / 1e3, 1 / service];
    const load = lambda / mu;
    if (load >= servers) {
      return null;
    }
    let term = 1;
    let sum = 1;
    for (let k = 1; k < servers; k += 1) {
      term *= load / k;
      sum += term;
    }
    const last = term * load / servers / (1 - load / servers);
    const delayed = last / (sum + last);
    return (ms) => 1 - delayed * Math.exp(-(servers * mu - lambda) * ms);
  }
  function theoryOf(run, theories) {
    return theories.find((one) => one.scenario === run.scenario && one.network === run.network && JSON.stringify(one.matrix ?? {}) === JSON.stringify(run.matrix ?? {}));
  }
  function ecdfChart(waits, theory) {
    if (waits.length < 8) {
      return null;
    }
    const sorted = [...waits].sort((a, b) => a - b);
    const most = sorted.at(-1) ?? 0;
    const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
    const none = sorted.filter((one) => one <= 0).length / sorted.length;
    const steps = [{ x: 0, y: none }, ...sorted.map((x, index) => ({ x: x / 1e3, y: (index + 1) / sorted.length }))];
    const share = theory ? waitsAtMost(theory) : null;
    const curve = share ? Array.from({ length: 81 }, (_, step) => ({ x: most * step / 8e4, y: share(most * step / 80) })) : [];
    const mean2 = theory && isNumber(theory.theory_ms) ? [{ x: theory.theory_ms / 1e3, y: 0 }, { x: theory.theory_ms / 1e3, y: 1 }] : [];
    const words = `Of ${counted(sorted.length, "client")} ${percent(none)} waited not at all, half at most ${duration(median)}, all at most ${duration(most)}${theory ? `; ${theory.model} expects a mean of ${duration(theory.theory_ms)}` : ""}.`;
    const line = (label, data, more = {}) => ({ label, data, pointRadius: 0, borderWidth: 1.8, ...more });
    return element(
      "div",
      {},
      element("p", {}, words),
      chartFrame(words, "How long clients waited, as a distribution.", 230, ["--waiting", "--service", "--quiet"], () => ({
        type: "line",
        data: { datasets: [
          line("measured", steps, { stepped: "before" }),
          ...share ? [line(`${theory?.model}, theory`, curve)] : [],
          ...mean2.length ? [line("mean of theory", mean2, { borderDash: [5, 4] })] : []
        ] },
        options: {
          scales: {
            x: { type: "linear", min: 0, title: { display: true, text: "waited at most, seconds" }, ticks: { maxRotation: 0 } },
            y: { min: 0, max: 1, title: { display: true, text: "share of clients" } }
          },
          plugins: { legend: { position: "top", align: "start", onClick: () => {
          }, labels: { boxWidth: 12, boxHeight: 3 } } }
        }
      }))
    );
  }
  function parameters(runs) {
    const found = /* @__PURE__ */ new Map();
    for (const key of new Set(runs.flatMap((run) => Object.keys(run.matrix ?? {})))) {
      found.set(key, (run) => run.matrix?.[key] === void 0 ? void 0 : inWords(run.matrix[key]));
    }
    found.set("scenario", (run) => run.scenario);
    found.set("network", (run) => run.network);
    found.set("seed", (run) => String(run.seed));
    for (const [name, of] of found) {
      if (new Set(runs.map(of).filter((value) => value !== void 0)).size < 2) found.delete(name);
    }
    return found;
  }
  function cell(runs) {
    if (runs.length === 0) {
      return element("td", { class: "grid-cell empty" }, "–");
    }
    const worst = verdicts.find((verdict) => runs.some(({ run }) => run.verdict === verdict)) ?? "pass";
    const shown = runs.find(({ run }) => run.verdict === worst) ?? runs[0];
    const passed = runs.filter(({ run }) => run.verdict === "pass").length;
    const known = runs.filter(({ run }) => run.known && run.verdict !== "pass").length;
    const words = (runs.length === 1 ? worst : `${passed} of ${runs.length}`) + (known ? `, ${runs.length === 1 ? "" : `${known} `}known` : "");
    return element(
      "td",
      { class: `grid-cell ${known && known + passed === runs.length ? "known" : worst}` },
      element(
        "a",
        { href: `#run-${shown?.number}`, title: shown ? `${titleOf(shown.run)}: ${shown.run.story?.headline ?? circumstances(shown.run)}` : "" },
        element("span", { "aria-hidden": "true" }, `${verdictGlyphs[worst]} `),
        words
      )
    );
  }
  function grid(runs, rows, columns) {
    const values = (of) => [...new Set(runs.map(of).filter((value) => value !== void 0))];
    const numbered = runs.map((run, index) => ({ run, number: index + 1 }));
    return element(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": `${rows[0]} by ${columns[0]}` },
      element(
        "table",
        { class: "grid" },
        element("caption", { class: "visually-hidden" }, `Verdicts by ${rows[0]} and ${columns[0]}`),
        element("thead", {}, element(
          "tr",
          {},
          element("th", { scope: "col" }, `${rows[0]} ╲ ${columns[0]}`),
          values(columns[1]).map((value) => element("th", { scope: "col" }, value))
        )),
        element("tbody", {}, values(rows[1]).map((row2) => element(
          "tr",
          {},
          element("th", { scope: "row" }, row2),
          values(columns[1]).map((column) => cell(numbered.filter(({ run }) => rows[1](run) === row2 && columns[1](run) === column)))
        )))
      )
    );
  }
  function filled(runs, rows, columns) {
    const both = runs.filter((run) => rows(run) !== void 0 && columns(run) !== void 0);
    const isLine = [rows, columns].some((of) => new Set(both.map(of)).size < 2);
    return isLine ? 0 : both.length;
  }
  function bestPair(runs, known) {
    const fixed = ["scenario", "network", "seed"];
    const names2 = [...known].sort(([a], [b]) => Number(/client/i.test(b)) - Number(/client/i.test(a)));
    let best = null;
    let most = 0;
    for (const [first, rows] of names2.filter(([name]) => !fixed.includes(name))) {
      for (const [second, columns] of names2.filter(([name]) => name !== first)) {
        const runsIn = filled(runs, rows, columns);
        if (runsIn > most) [best, most] = [[first, second], runsIn];
      }
    }
    return best;
  }
  function matrixOverview(runs) {
    const known = parameters(runs);
    const names2 = [...known.keys()];
    const pair = bestPair(runs, known);
    if (pair === null) {
      return null;
    }
    const [first, second] = pair;
    const place = element("div", {});
    const side = (title, chosen) => {
      const id = freshId("side");
      const select = element(
        "select",
        { id, change: () => draw2() },
        names2.map((name) => element("option", { value: name, selected: name === chosen }, name))
      );
      return { select, node: element("span", {}, element("label", { for: id }, `${title} `), select) };
    };
    const down = side("Rows", first);
    const across = side("Columns", second);
    function draw2() {
      const of = (name) => [name, known.get(name) ?? (() => void 0)];
      place.replaceChildren(grid(runs, of(down.select.value), of(across.select.value)));
    }
    draw2();
    return element(
      "section",
      { class: "overview", "aria-labelledby": "matrix-overview" },
      element(
        "div",
        { class: "runs-head" },
        element("h2", { id: "matrix-overview" }, "Matrix"),
        names2.length > 2 ? element("span", { class: "sides" }, down.node, " ", across.node) : null
      ),
      place
    );
  }
  const BOX = { width: 210, height: 74 };
  function placesOf(names2) {
    const many = names2.length;
    const radius = many <= 2 ? 0 : Math.max(150, many * 46);
    const width = many <= 2 ? 640 : 2 * radius + BOX.width + 40;
    const height = many <= 2 ? 190 : 2 * radius + BOX.height + 40;
    const places = new Map(names2.map((name, index) => {
      const angle = 2 * Math.PI * index / many - Math.PI / 2;
      const x = many <= 2 ? BOX.width / 2 + 4 + index * (width - BOX.width - 8) : width / 2 + radius * Math.cos(angle);
      const y = many <= 2 ? height / 2 : height / 2 + radius * Math.sin(angle);
      return [name, { name, x, y }];
    }));
    return { places, width, height };
  }
  function lostPackets(deadlock, trace) {
    return (deadlock.lost ?? []).map((lost) => trace?.packets.find((packet) => packet.link === lost.link && packet.direction === lost.direction && packet.at === lost.at_ms));
  }
  const withoutAddress = (what) => what.replace(/ (at|from|to) [\d.:[\]a-f]+:\d+$/, "");
  function partnersOf(name, trace) {
    const found = /* @__PURE__ */ new Set();
    for (const { from, to } of trace?.packets ?? []) {
      if (to === name) found.add(from);
      else if (from === name) found.add(to);
    }
    return [...found];
  }
  function edgesOf(deadlock, trace, names2) {
    const lost = lostPackets(deadlock, trace);
    return (deadlock.waiting ?? []).flatMap(({ process = "", for: what = "" }) => {
      const never = lost.map((packet, index) => ({ packet, told: deadlock.lost?.[index] })).filter(({ told }) => told?.process === process);
      const others = names2.filter((name) => name !== process);
      const partners = partnersOf(process, trace).filter((name) => names2.includes(name));
      const waitedFor = never.map(({ packet }) => packet?.from).filter((from) => from !== void 0);
      const ends = waitedFor.length ? waitedFor : partners.length ? partners : others.length === 1 ? others : [];
      return ends.map((to) => {
        const missing = never.find(({ packet }) => packet === void 0 || packet.from === to)?.told;
        return {
          from: process,
          to,
          lost: missing !== void 0,
          words: missing ? `${missing.packet ?? "its packet"} was lost` : `waits for ${withoutAddress(what)}`
        };
      });
    });
  }
  function drawEdge(edge, places) {
    const from = places.get(edge.from);
    const to = places.get(edge.to);
    if (!from || !to) {
      return null;
    }
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = Math.hypot(dx, dy) || 1;
    const [nx, ny] = [-dy / length, dx / length];
    const inset = Math.min(length / 2 - 8, Math.abs(dx) > Math.abs(dy) ? BOX.width / 2 + 6 : BOX.height / 2 + 8);
    const at = (share, out) => {
      const along = inset + share * (length - 2 * inset);
      return [from.x + dx / length * along - nx * out, from.y + dy / length * along - ny * out];
    };
    const [begin, middle, end, label] = [at(0, 22), at(0.5, 44), at(1, 22), at(0.5, 50)];
    const words = edge.words.length > 34 ? `${edge.words.slice(0, 33)}…` : edge.words;
    return svg(
      "g",
      { class: edge.lost ? "waits lost" : "waits" },
      svg("path", { d: `M${begin}Q${middle} ${end}` }),
      arrowHead(...end, ...middle),
      svg("text", { x: label[0], y: label[1] + (ny > 0 ? -4 : 12), "text-anchor": "middle" }, words)
    );
  }
  function drawBox({ name, x, y }, deadlock) {
    const waits = (deadlock.waiting ?? []).find(({ process }) => process === name);
    const short2 = (text2) => text2.length > 30 ? `${text2.slice(0, 29)}…` : text2;
    return svg(
      "g",
      { class: "box" },
      svg("rect", { x: x - BOX.width / 2, y: y - BOX.height / 2, width: BOX.width, height: BOX.height, rx: 8 }),
      svg("text", { class: "who", x, y: y - 14, "text-anchor": "middle" }, short2(name)),
      svg("text", { x, y: y + 6, "text-anchor": "middle" }, short2(waits ? `waits for ${withoutAddress(waits.for ?? "something")}` : "waits")),
      waits ? svg("text", { class: "since", x, y: y + 24, "text-anchor": "middle" }, `since ${moment(waits.since_ms)}`) : null
    );
  }
  function draw(deadlock, trace) {
    const waiting = (deadlock.waiting ?? []).map(({ process }) => process ?? "").filter(Boolean);
    const order = trace ? processesOf(trace) : [];
    const names2 = [...new Set(waiting)].sort((a, b) => order.indexOf(a) - order.indexOf(b));
    const { places, width, height } = placesOf(names2);
    const edges = edgesOf(deadlock, trace, names2);
    return svg(
      "svg",
      {
        class: "deadlock",
        viewBox: `0 0 ${width} ${height}`,
        width,
        height,
        role: "img",
        "aria-label": edges.map(({ from, to, words }) => `${from} depends on ${to}: ${words}`).join("; ") || "who waits"
      },
      edges.map((edge) => drawEdge(edge, places)),
      [...places.values()].map((place) => drawBox(place, deadlock))
    );
  }
  function deadlockSection(run, trace) {
    const { deadlock } = run;
    if (deadlock === void 0) {
      return null;
    }
    const picture = element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Who waits for whom" });
    void trace.then((read) => picture.append(draw(deadlock, read)));
    const lostTo = (process) => (deadlock.lost ?? []).filter((one) => one.process === process).map((one) => `${one.packet ?? ""}: ${one.why ?? ""} at ${moment(one.at_ms)}`).join("; ") || "–";
    return element(
      "section",
      {},
      element("h4", {}, "Deadlock"),
      picture,
      table(
        `Nobody can go on at ${moment(deadlock.at_ms)}`,
        [{ title: "process" }, { title: "waits for" }, { title: "since", numeric: true }, { title: "the last packet to it that was lost" }],
        (deadlock.waiting ?? []).map((one) => [one.process ?? "", visibleText(one.for ?? ""), moment(one.since_ms), visibleText(lostTo(one.process))])
      )
    );
  }
  function isObject(value) {
    return value !== null && typeof value === "object" && !Array.isArray(value);
  }
  function askedOf(link, direction) {
    if (!isObject(link.asked)) {
      return {};
    }
    const { up, down, ...both } = link.asked;
    const own = direction === "up" ? up : down;
    return { ...both, ...isObject(own) ? own : {} };
  }
  function askedInWords(asked) {
    const parts = Object.entries(asked).map(([key, value]) => key === "loss" && isNumber(value) ? `loss ${percent(value)}` : `${key} ${inWords(value)}`);
    return parts.join("; ") || "nothing";
  }
  function achievedCell(one, words, tooHigh = 0) {
    if (one === void 0 || !isNumber(one.achieved)) {
      return "–";
    }
    const { asked, achieved } = one;
    const low = one.low ?? achieved;
    const high = one.high ?? achieved;
    const outside = isNumber(asked) && (asked < low - tooHigh || asked > high);
    return element(
      "span",
      {},
      element("strong", {}, words(achieved)),
      quiet(` [${words(low)}, ${words(high)}]`),
      outside ? element("span", { class: "remark" }, ` asked ${words(asked)} is outside`) : null
    );
  }
  function lossAchieved(counts, asked) {
    if (counts.fidelity?.loss) {
      return achievedCell(counts.fidelity.loss, percent);
    }
    const { offered = 0, dropped = 0 } = counts;
    if (!(offered > 0 && dropped <= offered)) {
      return "–";
    }
    const share = isNumber(asked["loss"]) ? asked["loss"] : null;
    return achievedCell({ asked: share, achieved: dropped / offered, ...wilson(dropped, offered) }, percent);
  }
  function droppedBy(counts) {
    const rules = Object.entries(counts.dropped_by ?? {}).filter(([, times]) => times > 0);
    return rules.map(([rule, times]) => `${rule} ${count(times)}`).join(", ") || "–";
  }
  function countAndShare(value, offered) {
    if (!isNumber(value)) {
      return "–";
    }
    return element(
      "span",
      {},
      count(value),
      value > 0 && offered > 0 ? quiet(` (${percent(value / offered)})`) : null
    );
  }
  function struckBy(counts) {
    const parts = Object.entries(counts.struck ?? {}).filter(([key]) => key !== "exact").map(([key, times]) => `${key} ${count(times)}`);
    const rules = (counts.rules ?? []).map(({ struck }, index) => `exact ${index + 1}: ${count(struck)}`);
    return [...parts, ...rules].join(", ") || "–";
  }
  const fates = ["delivered", "dropped", "duplicated", "corrupted", "reordered"];
  const rareFates = ["rebound", "marked", "not_capable", "undeliverable", "in_flight"];
  const tcpRows = [
    ["TCP segments", (tcp) => count(tcp.segments)],
    ["… lost", (tcp) => countAndShare(tcp.lost, tcp.segments ?? 0)],
    ["… sent again", (tcp) => countAndShare(tcp.retransmitted, tcp.segments ?? 0)],
    ["… timeouts of their sender", (tcp) => count(tcp.timeouts)],
    ["… stalls by a loss, the longest", (tcp) => (tcp.stalls ?? 0) > 0 ? `${count(tcp.stalls)}, ${duration(tcp.longest_stall_ms)}` : count(tcp.stalls)]
  ];
  function linkTable(name, link) {
    const directions = ["up", "down"].filter((direction) => link[direction]);
    const countsOf = (direction) => link[direction] ?? {};
    const ever = (fate) => directions.some((direction) => (countsOf(direction)[fate] ?? 0) > 0);
    const row2 = (title, cell2) => [
      title,
      ...directions.map((direction) => cell2(countsOf(direction), askedOf(link, direction)))
    ];
    return table(
      `${name}: asked and achieved`,
      [
        { title: "direction" },
        ...directions.map((direction) => ({ title: direction === "up" ? "up ↑" : "down ↓" }))
      ],
      [
        row2("asked", (_, asked) => element(
          "span",
          { class: "asked" },
          link.asked === void 0 ? "–" : askedInWords(asked)
        )),
        row2("loss, with its 95 % interval", lossAchieved),
        row2(
          "mean delay, with its 95 % interval",
          (counts) => achievedCell(counts.fidelity?.delay_ms, duration, link.lateness_ms?.["p99"] ?? 0)
        ),
        row2("packets offered", (counts) => count(counts.offered)),
        ...[...fates, ...rareFates.filter(ever)].map((fate) => row2(fate.replace("_", " "), (counts) => countAndShare(counts[fate], counts.offered ?? 0))),
        row2("dropped by", droppedBy),
        ...(directions.some((direction) => (countsOf(direction).tcp?.segments ?? 0) > 0) ? tcpRows : []).map(([title, cell2]) => row2(title, (counts) => counts.tcp ? cell2(counts.tcp) : "–")),
        row2("did something, times", struckBy)
      ]
    );
  }
  function linksSection(run) {
    const links = Object.entries(run.links ?? {});
    if (links.length === 0) {
      return null;
    }
    return element(
      "section",
      {},
      element("h4", {}, "Links"),
      links.map(([name, link]) => element(
        "div",
        { class: "link" },
        linkTable(name, link),
        (link.dropped_by_kernel ?? 0) > 0 ? element("p", { class: "remark" }, `The system dropped ${count(link.dropped_by_kernel)} datagrams at the relay's own sockets: this machine was too slow for them.`) : null,
        link.lateness_ms ? element(
          "p",
          { class: "quiet" },
          "Packets left late by ",
          ["p50", "p99", "p999", "max"].filter((key) => isNumber(link.lateness_ms?.[key])).map((key) => `${key} ${duration(link.lateness_ms?.[key])}`).join(", "),
          "."
        ) : null
      ))
    );
  }
  function commandLine(process) {
    const plain = /^[\w@%+=:,./-]+$/;
    const quote = (word) => plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
    return [process.program, ...process.arguments ?? []].filter((word) => word !== void 0).map(quote).join(" ");
  }
  function exitText(process) {
    if (process.exit === void 0 || process.exit === null) {
      return quiet("no exit code");
    }
    return element(
      "span",
      { class: process.exit === 0 ? "exit" : "exit nonzero" },
      isNumber(process.exit) ? `exit ${process.exit}` : inWords(process.exit)
    );
  }
  function metricValue(key, value) {
    if (isNumber(value)) {
      return key.endsWith("_ms") && Math.abs(value) >= 1e3 ? element("span", {}, count(value), quiet(` (${duration(value)})`)) : count(value);
    }
    return inWords(value);
  }
  function processBlock(name, process, troubled) {
    const command = commandLine(process);
    const ran = isNumber(process.started_ms) && isNumber(process.ended_ms) ? `ran ${duration(process.ended_ms - process.started_ms)}, from ${duration(process.started_ms)} to ${duration(process.ended_ms)}` : null;
    const metrics = Object.entries(process.metrics ?? {});
    return element(
      "article",
      { class: "process" },
      element("h5", {}, name),
      element("p", { class: "facts" }, exitText(process), ran ? quiet(ran) : null),
      command ? element("p", { class: "wrap" }, commandCode(visibleText(command))) : null,
      metrics.length ? table(
        `Metrics of ${name}`,
        [{ title: "metric" }, { title: "value", numeric: true }],
        metrics.map(([key, value]) => [key, metricValue(key, value)]),
        { quietCaption: true }
      ) : null,
      process.stdout ? output(`Standard output of ${name}`, process.stdout) : null,
      process.stderr ? output(`Standard error of ${name}`, process.stderr, troubled && process.exit !== 0) : null
    );
  }
  const PROCESSES_SHOWN = 12;
  function processesSection(run) {
    const processes = Object.entries(run.processes ?? {});
    if (processes.length === 0) {
      return null;
    }
    const blocks = (some) => element(
      "div",
      { class: "processes" },
      some.map(([name, process]) => processBlock(name, process, run.verdict !== "pass"))
    );
    const shown = processes.length <= PROCESSES_SHOWN ? processes : processes.filter(([, { exit }]) => exit !== 0).slice(0, PROCESSES_SHOWN);
    return element(
      "section",
      {},
      element("h4", {}, "Processes"),
      shown.length ? blocks(shown) : null,
      shown.length < processes.length ? lazyDetails({}, element("summary", {}, `All ${processes.length} processes`), () => blocks(processes)).node : null
    );
  }
  const kinds = {
    crash: "crashed",
    exit: "ended with an error",
    deadlock: "deadlock",
    timeout: "out of time",
    refused: "refused",
    wrong_output: "wrong output",
    wrong_file: "wrong file",
    wrong_order: "wrong order",
    slow: "too slow",
    metric: "metric",
    vacuous: "proves nothing",
    inconclusive: "inconclusive",
    harness: "the harness",
    theory: "against theory",
    not_started: "not started",
    damage_missing: "damage not noticed"
  };
  const sources = { process: "process", wire: "wire", expectation: "expected", harness: "badwire" };
  function where(line) {
    return line.link !== void 0 ? `${line.link} ${line.direction ?? ""}`.trim() : [line.process, line.at_ms === void 0 ? "" : moment(line.at_ms)].filter(Boolean).join(", ");
  }
  function storySection(run, go) {
    const story = run.story;
    if (story === void 0) {
      return run.message ? element("p", { class: `message ${run.verdict}` }, visibleText(run.message)) : null;
    }
    const lines = (story.lines ?? []).map((line) => {
      const packet = line.link !== void 0 && line.nth !== void 0;
      const place = where(line);
      return element(
        "li",
        { class: `reason ${line.source}` },
        element("span", { class: "source" }, sources[line.source] ?? line.source),
        element(
          "span",
          { class: "reason-text" },
          visibleText(line.text),
          place ? element("span", { class: "quiet where" }, ` ${place}`) : null,
          packet ? [" ", element("button", { type: "button", class: "jump", click: () => go(line) }, "show it")] : null
        )
      );
    });
    return element(
      "div",
      { class: `story ${run.verdict}`, role: "group", "aria-label": "What happened", "data-kind": story.kind },
      element(
        "p",
        { class: "headline" },
        element("span", { class: "kind" }, kinds[story.kind] ?? story.kind.replaceAll("_", " ")),
        " ",
        visibleText(story.headline)
      ),
      lines.length ? element("ol", { class: "reasons" }, lines) : null
    );
  }
  const BINS = 100;
  const isKnown = ({ middles, hole }, bin) => hole === null || (middles[bin] ?? 0) <= hole.from || (middles[bin] ?? 0) >= hole.to;
  function spanOf(trace) {
    const { packets } = trace;
    const begin = packets[0]?.at ?? 0;
    const end = packets.reduce((last, { at, arrives }) => Math.max(last, at, arrives ?? 0), begin);
    const width = Math.max(end - begin, 1e-3) / BINS;
    return { begin, width, hole: holeOf(trace), middles: Array.from({ length: BINS }, (_, bin) => begin + (bin + 0.5) * width) };
  }
  function summed(span, packets, at, amount) {
    const sums = new Array(BINS).fill(0);
    for (const packet of packets) {
      const time = at(packet);
      if (time !== null) {
        const bin = Math.min(BINS - 1, Math.max(0, Math.floor((time - span.begin) / span.width)));
        sums[bin] = (sums[bin] ?? 0) + amount(packet);
      }
    }
    return sums;
  }
  function inFlight(span, packets) {
    const steps = packets.filter(({ arrives }) => arrives !== null).flatMap(({ at, arrives }) => [{ time: at, step: 1 }, { time: arrives ?? at, step: -1 }]).sort((a, b) => a.time - b.time || a.step - b.step);
    const most = new Array(BINS).fill(0);
    let now = 0;
    let next = 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      most[bin] = now;
      const end = span.begin + (bin + 1) * span.width;
      for (; next < steps.length && ((steps[next]?.time ?? 0) < end || bin === BINS - 1); next += 1) {
        now += steps[next]?.step ?? 0;
        most[bin] = Math.max(most[bin] ?? 0, now);
      }
    }
    return most;
  }
  const seconds = (ms) => ms / 1e3;
  function overTime(span, series, axes) {
    const scales = Object.fromEntries(Object.entries(axes).map(([id, title], index) => [id, {
      position: index === 0 ? "left" : "right",
      beginAtZero: true,
      title: { display: true, text: title },
      ticks: { maxTicksLimit: 5 },
      grid: { display: index === 0 }
    }]));
    return {
      type: "line",
      data: { datasets: series.map(({ label, values, type, axis }) => ({
        label,
        type: type ?? "line",
        yAxisID: axis ?? "y",
        pointRadius: 0,
        borderWidth: type ? 0 : 1.6,
        barThickness: 3,
        data: values.map((y, bin) => ({ x: seconds(span.middles[bin] ?? 0), y: isKnown(span, bin) ? y : NaN }))
      })) },
      options: {
        scales: { x: {
          type: "linear",
          min: seconds(span.begin),
          max: seconds(span.begin + BINS * span.width),
          grid: { display: false },
          ticks: { maxTicksLimit: 7, maxRotation: 0 },
          title: { display: true, text: "seconds" }
        }, ...scales },
        plugins: {
          legend: { position: "top", align: "start", onClick: () => {
          }, labels: { boxWidth: 12, boxHeight: 3 } },
          tooltip: { mode: "index", intersect: false }
        }
      }
    };
  }
  function timelineSection(trace) {
    const { packets } = trace;
    if (packets.length < 12) {
      return null;
    }
    const span = spanOf(trace);
    const arrived = (direction) => packets.filter((packet) => packet.direction === direction && packet.arrives !== null);
    const rate = (direction) => summed(span, arrived(direction), ({ arrives }) => arrives, ({ bytes: bytes2 }) => bytes2 / span.width);
    const again = packets.filter(({ marks: marks2 }) => marks2.has("repeats"));
    const bytes = [...arrived("up"), ...arrived("down")].reduce((sum, packet) => sum + packet.bytes, 0);
    const flying = inFlight(span, packets);
    const known = BINS * span.width - (span.hole ? span.hole.to - span.hole.from : 0);
    const words = `${significant(bytes / known)} kB/s arrived on average${span.hole ? `; what passed from ${moment(span.hole.from)} to ${moment(span.hole.to)} is not known` : ""}.`;
    const flight = `At most ${counted(flying.reduce((a, b) => Math.max(a, b), 0), "packet")} on the way at once; ${counted(again.length, "packet")} sent again.`;
    return element(
      "section",
      { class: "over-time" },
      element("h4", {}, `Over time, in steps of ${duration(span.width)}`),
      element(
        "div",
        { class: "charts" },
        element(
          "div",
          {},
          element("p", {}, words),
          chartFrame(words, "Throughput over time.", 210, ["--service", "--waiting"], () => overTime(
            span,
            [{ label: "up ↑", values: rate("up") }, { label: "down ↓", values: rate("down") }],
            { y: "kB/s" }
          ))
        ),
        element(
          "div",
          {},
          element("p", {}, flight),
          chartFrame(flight, "Packets in flight and retransmissions over time.", 210, ["--service", "--lost"], () => overTime(
            span,
            [
              { label: "in flight", values: flying },
              { label: "sent again", values: summed(span, again, ({ at }) => at, () => 1), type: "bar", axis: "again" }
            ],
            { y: "packets", again: "sent again" }
          ))
        )
      )
    );
  }
  const BARS_MOST = 100;
  function waitingOf(client) {
    const between = (from, to) => isNumber(from) && isNumber(to) ? to - from : null;
    return {
      name: client.client,
      arrival: client.arrival_ms ?? null,
      start: client.start_ms ?? null,
      end: client.end_ms ?? null,
      waiting: client.waiting_ms ?? between(client.arrival_ms, client.start_ms),
      service: client.service_ms ?? between(client.start_ms, client.end_ms),
      response: client.response_ms ?? between(client.arrival_ms, client.end_ms)
    };
  }
  function waitingSummary(clients) {
    const known = (key) => clients.map((client) => client[key]).filter(isNumber);
    const waits = known("waiting");
    const responses = known("response");
    return {
      mean: waits.length ? mean(waits) : null,
      longest: waits.length ? waits.reduce((a, b) => Math.max(a, b)) : null,
      meanResponse: responses.length ? mean(responses) : null
    };
  }
  function waitingInWords(clients) {
    const { mean: average, longest, meanResponse } = waitingSummary(clients);
    return `${clients.length === 1 ? "One client" : `${count(clients.length)} clients`}: mean waiting ${duration(average)}, longest ${duration(longest)}, mean response ${duration(meanResponse)}.`;
  }
  function barsOf(clients) {
    const inSeconds = (key) => clients.map((client) => (client[key] ?? 0) / 1e3);
    const bar = (label, data) => ({ label, data, maxBarThickness: 22, borderWidth: 0 });
    return {
      type: "bar",
      data: {
        labels: clients.map((client) => client.name),
        datasets: [
          bar("before arrival", inSeconds("arrival")),
          bar("waiting", inSeconds("waiting")),
          bar("service", inSeconds("service"))
        ]
      },
      options: {
        indexAxis: "y",
        scales: {
          x: {
            stacked: true,
            beginAtZero: true,
            grid: { drawTicks: false },
            ticks: { padding: 6 },
            title: { display: true, text: "seconds" }
          },
          y: {
            stacked: true,
            grid: { display: false },
            ticks: { callback(value) {
              const label = this.getLabelForValue(Number(value));
              return label.length > 18 ? `${label.slice(0, 17)}…` : label;
            } }
          }
        },
        plugins: {
          legend: {
            position: "top",
            align: "start",
            onClick: () => {
            },
            labels: {
              boxWidth: 12,
              boxHeight: 12,
              filter: (item) => (item.datasetIndex ?? 0) > 0
            }
          },
          tooltip: {
            mode: "index",
            axis: "y",
            intersect: false,
            filter: (item) => item.datasetIndex > 0,
            callbacks: {
              label: (item) => `${item.dataset.label} ${duration(Number(item.raw) * 1e3)}`
            }
          }
        }
      }
    };
  }
  function waitingTable(clients) {
    const times = ["arrival", "start", "end", "waiting", "service", "response"];
    return table(
      "Waiting per client, in seconds",
      [{ title: "client" }, ...times.map((title) => ({ title, numeric: true }))],
      clients.map((client) => [client.name, ...times.map((key) => seconds$1(client[key]))])
    );
  }
  function waitingSection(run, theory) {
    const clients = (run.waiting ?? []).map(waitingOf);
    if (clients.length === 0) {
      return null;
    }
    const words = waitingInWords(clients);
    const numbers = waitingTable(clients);
    return chartSection(
      "Waiting",
      element("p", {}, words),
      clients.length > BARS_MOST ? null : chartFrame(
        words,
        "Bar chart of waiting and service.",
        Math.min(900, 92 + 32 * clients.length),
        ["", "--waiting", "--service"],
        () => barsOf(clients)
      ),
      ecdfChart(clients.map(({ waiting }) => waiting).filter(isNumber), theory),
      clients.length <= 20 ? numbers : element("details", {}, element("summary", {}, "All the numbers"), numbers)
    );
  }
  function waitingOverview(runs) {
    const rows = runs.map((run, index) => ({ run, index, clients: (run.waiting ?? []).map(waitingOf) })).filter(({ clients }) => clients.length > 0);
    if (rows.length < 2) {
      return null;
    }
    const time = (title) => ({ title, numeric: true });
    const numbers = () => table(
      "Waiting times, run by run",
      [
        { title: "run" },
        time("clients"),
        time("mean waiting"),
        time("longest"),
        time("mean response")
      ],
      rows.map(({ run, index, clients }) => {
        const { mean: average, longest, meanResponse } = waitingSummary(clients);
        return [
          element(
            "span",
            {},
            element("a", { href: `#run-${index + 1}` }, run.title ?? run.scenario),
            " ",
            quiet(circumstances(run))
          ),
          count(clients.length),
          duration(average),
          duration(longest),
          duration(meanResponse)
        ];
      }),
      { quietCaption: true }
    );
    return element(
      "section",
      { class: "overview", "aria-labelledby": "waiting-overview" },
      element("h2", { id: "waiting-overview" }, "Waiting, compared"),
      rows.length <= 20 ? numbers() : lazyDetails({}, element("summary", {}, `Of ${count(rows.length)} runs`), numbers).node
    );
  }
  const EXPECTATIONS_SHOWN = 25;
  function expectationsTable(caption, expectations) {
    return table(
      caption,
      [{ title: "expected" }, { title: "met" }, { title: "what happened" }],
      expectations.map(({ what, met, detail }) => [
        what,
        element(
          "span",
          { class: met ? "met" : "unmet" },
          element("span", { "aria-hidden": "true" }, met ? "✓" : "✗"),
          hidden(met ? "yes" : "no")
        ),
        visibleText(detail ?? "")
      ]),
      { rowClass: (index) => expectations[index]?.met ? null : "row-unmet" }
    );
  }
  function expectationsSection(run) {
    const expectations = run.expectations ?? [];
    if (expectations.length === 0) {
      return null;
    }
    const unmet = expectations.filter((expectation) => !expectation.met);
    const caption = unmet.length === 0 ? `All ${expectations.length} met` : `${unmet.length} of ${expectations.length} not met`;
    return element(
      "section",
      {},
      element("h4", {}, "Expectations"),
      expectations.length <= EXPECTATIONS_SHOWN ? expectationsTable(caption, expectations) : [
        unmet.length ? expectationsTable(caption, unmet.slice(0, EXPECTATIONS_SHOWN)) : null,
        lazyDetails(
          {},
          element("summary", {}, unmet.length ? `All ${expectations.length} expectations` : caption),
          () => expectationsTable("All expectations", expectations)
        ).node
      ]
    );
  }
  function askedSection(run, number2) {
    const facts2 = [
      ["scenario", run.scenario],
      ["network", run.network],
      ["seed", String(run.seed)],
      ["repeat", String(run.repeat)],
      ...Object.entries(run.matrix ?? {}).map(([key, value]) => [key, inWords(value)]),
      run.tags?.length ? ["tags", run.tags.join(", ")] : null,
      isNumber(run.elapsed_ms) ? ["network time", duration(run.elapsed_ms)] : null,
      isNumber(run.wall_ms) ? ["wall time", duration(run.wall_ms)] : null
    ].filter((fact) => fact !== null);
    return element(
      "section",
      {},
      element("h4", {}, "Asked"),
      element("dl", { class: "facts-list" }, facts2.map(([term, value]) => element("div", {}, element("dt", {}, term), element("dd", {}, value)))),
      run.asked !== void 0 ? lazyDetails({ class: "output" }, element("summary", {}, "The scenario as it was run"), () => element(
        "pre",
        { tabindex: "0", role: "group", "aria-label": "Scenario" },
        JSON.stringify(run.asked, null, 2)
      )).node : null,
      run.replay ? element(
        "div",
        {},
        element("p", { class: "quiet label" }, "Replay this run"),
        copyableCommand(run.replay)
      ) : null,
      element(
        "p",
        { class: "label self" },
        element("a", { href: `#run-${number2}` }, "Link to this run")
      )
    );
  }
  function runBody(run, number2, { packed, theory }) {
    const passing = runMessages(run, packed);
    const overTime2 = element("div", {});
    void passing.trace.then((trace) => overTime2.append(...[trace && timelineSection(trace)].filter((node) => node !== null)));
    return element(
      "div",
      { class: "body" },
      storySection(run, passing.go),
      run.description ? element("p", {}, run.description) : null,
      run.verdict === "pass" && run.vacuous?.length ? element(
        "p",
        { class: "message inconclusive" },
        "Pass, but ",
        visibleText(run.vacuous.join("; "))
      ) : null,
      run.known && run.verdict !== "pass" ? element("p", { class: "message" }, "Known: ", visibleText(run.known)) : null,
      ...(run.notes ?? []).map((note) => element("p", { class: "message" }, "Note: ", visibleText(note))),
      deadlockSection(run, passing.trace),
      emptyIfNone(passing),
      emptyIfNone(passing) && overTime2,
      expectationsSection(run),
      loadSection(run),
      waitingSection(run, theory),
      linksSection(run),
      processesSection(run),
      askedSection(run, number2)
    );
  }
  function runDetails(run, number2, beside2) {
    const time = isNumber(run.elapsed_ms) ? duration(run.elapsed_ms) : isNumber(run.wall_ms) ? duration(run.wall_ms) : "";
    const line = element(
      "summary",
      {},
      verdictBadge(run.verdict),
      run.verdict === "pass" && run.vacuous?.length ? element("span", { class: "remark" }, "but …") : null,
      element(
        "span",
        { class: "name" },
        element("h3", {}, titleOf(run)),
        quiet(run.title ? `${run.scenario} · ` : "", circumstances(run)),
        run.story ? element("p", { class: `line-story ${run.verdict}` }, visibleText(run.story.headline)) : null
      ),
      element("span", { class: "time quiet" }, time)
    );
    return lazyDetails({ class: "run", id: `run-${number2}` }, line, () => runBody(run, number2, beside2));
  }
  function runFilter(runs, items) {
    const state = { verdict: "all", words: "" };
    const texts = runs.map((run) => [run.title, run.scenario, circumstances(run), ...run.tags ?? []].join(" ").toLowerCase());
    const shown = element("p", { class: "quiet shown", role: "status" });
    const matches = (run) => state.verdict === "all" || run.verdict === state.verdict;
    const buttons = ["all", ...verdicts].map((verdict) => {
      const total = runs.filter((run) => verdict === "all" || run.verdict === verdict).length;
      return element("button", {
        type: "button",
        class: `filter ${verdict}`,
        "data-verdict": verdict,
        disabled: total === 0 && verdict !== "all",
        click: () => {
          state.verdict = verdict;
          apply();
        }
      }, element("span", { class: "total" }, count(total)), " ", verdict);
    });
    const search = element("input", {
      type: "search",
      placeholder: "Filter by words",
      "aria-label": "Filter runs by words",
      input: () => {
        state.words = search.value;
        apply();
      }
    });
    function apply() {
      const words = state.words.toLowerCase().split(/\s+/).filter((word) => word !== "");
      let left = 0;
      items.forEach((item, index) => {
        const run = runs[index];
        const text2 = texts[index] ?? "";
        item.hidden = !(run && matches(run) && words.every((word) => text2.includes(word)));
        left += item.hidden ? 0 : 1;
      });
      buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset["verdict"] === state.verdict)));
      shown.textContent = left === runs.length ? "" : `${count(left)} of ${count(runs.length)} runs shown`;
    }
    function showAll() {
      state.verdict = "all";
      state.words = search.value = "";
      apply();
    }
    apply();
    return { buttons, search, shown, showAll };
  }
  function headingOf({ title, runs }) {
    return title ?? (runs.length === 1 && runs[0] ? titleOf(runs[0]) : "badwire run");
  }
  function reportHeader(results2) {
    const { runs } = results2;
    const networks = [...new Set(runs.map((run) => run.network))].join(", ");
    const facts2 = [
      results2.started ? element(
        "time",
        { datetime: results2.started },
        results2.started.replace("T", " ").replace(/Z$/, " UTC")
      ) : null,
      runs.length === 1 ? "1 run" : `${count(runs.length)} runs`,
      networks ? `network ${networks}` : null,
      isNumber(results2.wall_ms) ? `took ${duration(results2.wall_ms)}` : null,
      results2.interrupted ? `interrupted: ${count(results2.planned)} were planned` : null
    ].filter((fact) => fact !== null);
    return [
      element("p", { class: "brand" }, "badwire", element("span", { class: "quiet" }, " report")),
      element("h1", {}, headingOf(results2)),
      element("p", { class: "facts quiet" }, facts2.map((fact) => element("span", {}, fact)))
    ];
  }
  function runsToOpen(runs) {
    const indexes = runs.map((_, index) => index);
    if (runs.length === 1) {
      return indexes;
    }
    const troubled = indexes.filter((index) => ["fail", "error"].includes(runs[index]?.verdict ?? ""));
    const measured = indexes.filter((index) => (runs[index]?.waiting ?? []).length > 0);
    return troubled.length > 0 ? troubled.slice(0, 3) : measured.slice(0, 2);
  }
  function followLink(items, filter) {
    const number2 = /^#run-(\d+)$/.exec(location.hash)?.[1];
    const item = items[Number(number2) - 1];
    if (item) {
      if (item.node.hidden) {
        filter.showAll();
      }
      item.openNow();
      item.node.scrollIntoView();
    }
  }
  function followMedia() {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaintCharts);
    const printing = (yes) => () => {
      document.documentElement.classList.toggle("printing", yes);
      if (yes) printMessages();
      resizeCharts();
      repaintCharts();
    };
    addEventListener("beforeprint", printing(true));
    addEventListener("afterprint", printing(false));
  }
  function overviews(results2, beside2, sides) {
    const { against } = beside2;
    const compare = sides && ((left, right) => sides.compare(left, right));
    return [
      against ? againstOverview(results2, beside2.name ?? "", against.results, against.name, compare) : null,
      certificateOverview(beside2.certificate),
      searchOverview(results2.search),
      theoryOverview(results2.theory ?? []),
      networkComparisons(results2, compare),
      matrixOverview(results2.runs),
      waitingOverview(results2.runs)
    ];
  }
  function comparerOf(results2, { against, name, traces }) {
    return comparer([
      ...sourcesOf(results2, traces ?? [], against ? name ?? "now" : ""),
      ...against ? sourcesOf(against.results, against.traces ?? [], against.name, "before") : []
    ]);
  }
  function showReport(results2, beside2) {
    const { runs } = results2;
    document.title = `${headingOf(results2)} · badwire report`;
    setChartFont();
    const sides = comparerOf(results2, beside2);
    const items = runs.map((run, index) => runDetails(run, index + 1, { packed: beside2.traces?.[index], theory: theoryOf(run, results2.theory ?? []) }));
    const filter = runFilter(runs, items.map((item) => item.node));
    byId("head").append(
      element("div", {}, reportHeader(results2)),
      element(
        "div",
        { class: "filters", role: "group", "aria-label": "Filter runs by verdict" },
        filter.buttons
      )
    );
    byId("main").append(element(
      "div",
      {},
      overviews(results2, beside2, sides),
      element(
        "section",
        { "aria-labelledby": "runs" },
        element(
          "div",
          { class: "runs-head" },
          element("h2", { id: "runs" }, "Runs"),
          runs.length > 8 ? filter.search : null,
          filter.shown
        ),
        runs.length ? element("div", { class: "runs" }, items.map((item) => item.node)) : element("p", { class: "quiet" }, "No scenario was run.")
      ),
      sides?.node
    ));
    byId("foot").append(
      `Made by badwire ${results2.badwire ?? ""}`.trim(),
      " from results.json. Charts by Chart.js ",
      chartVersion(),
      ", MIT licence."
    );
    runsToOpen(runs).forEach((index) => items[index]?.openNow());
    followLink(items, filter);
    addEventListener("hashchange", () => followLink(items, filter));
    followMedia();
  }
  function dataOf(id) {
    const text2 = document.getElementById(id)?.textContent;
    return text2 ? JSON.parse(text2) : null;
  }
  const results = dataOf("results");
  if (results !== null) {
    showReport(results, dataOf("beside") ?? {});
  }
  const live = dataOf("live");
  if (live !== null) {
    showLive(live.title);
  }
  setTimeout(() => setTimeout(() => {
    document.documentElement.dataset["rendered"] = "true";
  }));
})();
