(function() {
  "use strict";
  function isNumber(value) {
    return typeof value === "number" && Number.isFinite(value);
  }
  function count(value) {
    return isNumber(value) ? value.toLocaleString("en") : String(value ?? "–");
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
  function seconds(ms) {
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
  function byId(id) {
    const found = document.getElementById(id);
    if (found === null) {
      throw new Error(`the page has no element ${id}`);
    }
    return found;
  }
  function table(caption, columns, rows, { rowClass = () => null, quietCaption = false } = {}) {
    const align = (index) => columns[index]?.numeric ? "number" : void 0;
    const head = columns.map((column, index) => element("th", { scope: "col", class: align(index) }, column.title));
    const cells = (row) => row.map((cell, index) => index === 0 ? element("th", { scope: "row", class: align(index) }, cell) : element("td", { class: align(index) }, cell));
    const body = rows.map((row, number) => element("tr", { class: rowClass(number) }, cells(row)));
    return element(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      element(
        "table",
        {},
        element("caption", { class: quietCaption ? "visually-hidden" : null }, caption),
        element("thead", {}, element("tr", {}, head)),
        element("tbody", {}, body)
      )
    );
  }
  function hidden(text) {
    return element("span", { class: "visually-hidden" }, text);
  }
  function quiet(...children) {
    return element("span", { class: "quiet" }, children);
  }
  function visibleText(text) {
    return text.replace(/\r\n/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (control) => control === "" ? "␡" : String.fromCharCode(9216 + control.charCodeAt(0)));
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
  function output(title, text, open = false) {
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    const details = lazyDetails(
      { class: "output" },
      element("summary", {}, title, " ", quiet(lines === 1 ? "1 line" : `${count(lines)} lines`)),
      () => element("pre", { tabindex: "0", "aria-label": title, role: "region" }, visibleText(text))
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
  function copyable(text, code, what = "Command") {
    const button = element("button", { type: "button", class: "copy", "aria-label": `Copy ${what.toLowerCase()}` }, "Copy");
    const said = element("span", { class: "visually-hidden", role: "status" });
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
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
    const number = (title) => ({ title, numeric: true });
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
          number("utilisation"),
          number("theory"),
          number("measured"),
          number("95 % interval"),
          number("runs")
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
  const rareFates = ["undeliverable", "in_flight"];
  function linkTable(name, link) {
    const directions = ["up", "down"].filter((direction) => link[direction]);
    const countsOf = (direction) => link[direction] ?? {};
    const ever = (fate) => directions.some((direction) => (countsOf(direction)[fate] ?? 0) > 0);
    const row = (title, cell) => [
      title,
      ...directions.map((direction) => cell(countsOf(direction), askedOf(link, direction)))
    ];
    return table(
      `${name}: asked and achieved`,
      [
        { title: "direction" },
        ...directions.map((direction) => ({ title: direction === "up" ? "up ↑" : "down ↓" }))
      ],
      [
        row("asked", (_, asked) => element(
          "span",
          { class: "asked" },
          link.asked === void 0 ? "–" : askedInWords(asked)
        )),
        row("loss, with its 95 % interval", lossAchieved),
        row(
          "mean delay, with its 95 % interval",
          (counts) => achievedCell(counts.fidelity?.delay_ms, duration, link.lateness_ms?.["p99"] ?? 0)
        ),
        row("packets offered", (counts) => count(counts.offered)),
        ...[...fates, ...rareFates.filter(ever)].map((fate) => row(fate.replace("_", " "), (counts) => countAndShare(counts[fate], counts.offered ?? 0))),
        row("dropped by", droppedBy),
        row("did something, times", struckBy)
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
  function processesSection(run) {
    const processes = Object.entries(run.processes ?? {});
    if (processes.length === 0) {
      return null;
    }
    return element(
      "section",
      {},
      element("h4", {}, "Processes"),
      element("div", { class: "processes" }, processes.map(([name, process]) => processBlock(name, process, run.verdict !== "pass")))
    );
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
      clients.map((client) => [client.name, ...times.map((key) => seconds(client[key]))])
    );
  }
  function waitingSection(run) {
    const clients = (run.waiting ?? []).map(waitingOf);
    if (clients.length === 0) {
      return null;
    }
    const words = waitingInWords(clients);
    const numbers = waitingTable(clients);
    return chartSection(
      "Waiting",
      element("p", {}, words),
      chartFrame(
        words,
        "Bar chart of waiting and service.",
        Math.min(900, 92 + 32 * clients.length),
        ["", "--waiting", "--service"],
        () => barsOf(clients)
      ),
      clients.length <= 20 ? numbers : element("details", {}, element("summary", {}, "All the numbers"), numbers)
    );
  }
  function waitingOverview(runs) {
    const rows = runs.map((run, index) => ({ run, index, clients: (run.waiting ?? []).map(waitingOf) })).filter(({ clients }) => clients.length > 0);
    if (rows.length < 2) {
      return null;
    }
    const time = (title) => ({ title, numeric: true });
    return element(
      "section",
      { class: "overview", "aria-labelledby": "waiting-overview" },
      element("h2", { id: "waiting-overview" }, "Waiting, compared"),
      table(
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
      )
    );
  }
  function expectationsSection(run) {
    const expectations = run.expectations ?? [];
    if (expectations.length === 0) {
      return null;
    }
    const unmet = expectations.filter((expectation) => !expectation.met).length;
    return element(
      "section",
      {},
      element("h4", {}, "Expectations"),
      table(
        unmet === 0 ? `All ${expectations.length} met` : `${unmet} of ${expectations.length} not met`,
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
      )
    );
  }
  function askedSection(run, number) {
    const facts = [
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
      element("dl", { class: "facts-list" }, facts.map(([term, value]) => element("div", {}, element("dt", {}, term), element("dd", {}, value)))),
      run.asked !== void 0 ? lazyDetails({ class: "output" }, element("summary", {}, "The scenario as it was run"), () => element(
        "pre",
        { tabindex: "0", role: "region", "aria-label": "Scenario" },
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
        element("a", { href: `#run-${number}` }, "Link to this run")
      )
    );
  }
  function runBody(run, number) {
    return element(
      "div",
      { class: "body" },
      run.description ? element("p", {}, run.description) : null,
      run.verdict === "pass" && run.vacuous?.length ? element(
        "p",
        { class: "message inconclusive" },
        "Pass, but ",
        visibleText(run.vacuous.join("; "))
      ) : null,
      ...(run.notes ?? []).map((note) => element("p", { class: "message" }, "Note: ", visibleText(note))),
      run.message ? element("p", { class: `message ${run.verdict}` }, visibleText(run.message)) : null,
      expectationsSection(run),
      loadSection(run),
      waitingSection(run),
      linksSection(run),
      processesSection(run),
      askedSection(run, number)
    );
  }
  function runDetails(run, number) {
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
        quiet(run.title ? `${run.scenario} · ` : "", circumstances(run))
      ),
      element("span", { class: "time quiet" }, time)
    );
    return lazyDetails({ class: "run", id: `run-${number}` }, line, () => runBody(run, number));
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
        const text = texts[index] ?? "";
        item.hidden = !(run && matches(run) && words.every((word) => text.includes(word)));
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
  function reportHeader(results2) {
    const { runs } = results2;
    const networks = [...new Set(runs.map((run) => run.network))].join(", ");
    const facts = [
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
      element("h1", {}, results2.title ?? "badwire run"),
      element("p", { class: "facts quiet" }, facts.map((fact) => element("span", {}, fact)))
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
    const number = /^#run-(\d+)$/.exec(location.hash)?.[1];
    const item = items[Number(number) - 1];
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
      resizeCharts();
      repaintCharts();
    };
    addEventListener("beforeprint", printing(true));
    addEventListener("afterprint", printing(false));
  }
  function showReport(results2) {
    const { runs } = results2;
    document.title = `${results2.title ?? "badwire run"} · badwire report`;
    setChartFont();
    const items = runs.map((run, index) => runDetails(run, index + 1));
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
      theoryOverview(results2.theory ?? []),
      waitingOverview(runs),
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
      )
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
    const text = document.getElementById(id)?.textContent;
    return text ? JSON.parse(text) : null;
  }
  const results = dataOf("results");
  if (results !== null) {
    showReport(results);
  }
  setTimeout(() => setTimeout(() => {
    document.documentElement.dataset["rendered"] = "true";
  }));
})();
