// How long each client waited: a bar per client, and the numbers.

const liveCharts = [];

function chartColours() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    text: colour("--ink"), quiet: colour("--quiet"), line: colour("--line"),
    waiting: colour("--waiting"), service: colour("--service"), paper: colour("--paper"),
  };
}

function paintChart(chart) {
  const colours = chartColours();
  chart.data.datasets[1].backgroundColor = colours.waiting;
  chart.data.datasets[2].backgroundColor = colours.service;
  for (const scale of Object.values(chart.options.scales)) {
    scale.ticks.color = colours.text;
    scale.grid.borderColor = colours.line;
    scale.grid.color = colours.line;
  }
  chart.options.scales.x.title.color = colours.quiet;
  chart.options.plugins.legend.labels.color = colours.text;
  chart.update();
}

function repaintCharts() {
  liveCharts.forEach(paintChart);
}

function waitingOf(client) {
  const between = (from, to) => (isNumber(from) && isNumber(to) ? to - from : null);
  return {
    name: client.client,
    arrival: client.arrival_ms ?? null,
    start: client.start_ms ?? null,
    end: client.end_ms ?? null,
    waiting: client.waiting_ms ?? between(client.arrival_ms, client.start_ms),
    service: client.service_ms ?? between(client.start_ms, client.end_ms),
    response: client.response_ms ?? between(client.arrival_ms, client.end_ms),
  };
}

function waitingSummary(clients) {
  const known = (key) => clients.map((client) => client[key]).filter(isNumber);
  const waits = known("waiting");
  const responses = known("response");
  return {
    clients: clients.length,
    mean: waits.length ? mean(waits) : null,
    longest: waits.length ? waits.reduce((a, b) => Math.max(a, b)) : null,
    meanResponse: responses.length ? mean(responses) : null,
  };
}

function waitingInWords(clients) {
  const { mean: average, longest, meanResponse } = waitingSummary(clients);
  return `${clients.length === 1 ? "One client" : `${count(clients.length)} clients`}: ` +
    `mean waiting ${duration(average)}, longest ${duration(longest)}, ` +
    `mean response ${duration(meanResponse)}.`;
}

function drawWaiting(canvas, clients) {
  const inSeconds = (key) => clients.map((client) => (client[key] ?? 0) / 1000);
  const bar = (label, data, colour) =>
    ({ label, data, backgroundColor: colour, maxBarThickness: 22, borderWidth: 0 });
  const colours = chartColours();
  const chart = new Chart(canvas, {
    type: "bar",
    data: {
      labels: clients.map((client) => client.name),
      datasets: [
        bar("before arrival", inSeconds("arrival"), "transparent"),
        bar("waiting", inSeconds("waiting"), colours.waiting),
        bar("service", inSeconds("service"), colours.service),
      ],
    },
    options: {
      indexAxis: "y",
      animation: false,
      maintainAspectRatio: false,
      scales: {
        x: { stacked: true, beginAtZero: true, grid: { drawTicks: false },
             ticks: { padding: 6 }, title: { display: true, text: "seconds" } },
        y: { stacked: true, grid: { display: false },
             ticks: { callback(value) {
               const label = this.getLabelForValue(value);
               return label.length > 18 ? `${label.slice(0, 17)}…` : label;
             } } },
      },
      plugins: {
        legend: { position: "top", align: "start",
                  onClick: () => {},
                  labels: { boxWidth: 12, boxHeight: 12,
                            filter: (item) => item.datasetIndex > 0 } },
        tooltip: { mode: "index", axis: "y", intersect: false,
                   filter: (item) => item.datasetIndex > 0,
                   callbacks: {
                     label: (item) => `${item.dataset.label} ${duration(item.raw * 1000)}`,
                   } },
      },
    },
    plugins: [{ id: "drawn", afterDraw: () => { canvas.dataset.drawn = "true"; } }],
  });
  liveCharts.push(chart);
  paintChart(chart);
}

function waitingTable(clients) {
  const times = ["arrival", "start", "end", "waiting", "service", "response"];
  return table("Waiting per client, in seconds",
    [{ title: "client" }, ...times.map((title) => ({ title, numeric: true }))],
    clients.map((client) => [client.name, ...times.map((key) => seconds(client[key]))]));
}

function waitingSection(run) {
  const clients = (run.waiting ?? []).map(waitingOf);
  if (clients.length === 0) {
    return null;
  }
  const words = waitingInWords(clients);
  const canvas = element("canvas",
    { role: "img", "aria-label": `Bar chart of waiting and service. ${words}` }, words);
  const frame = element("div", { class: "chart" }, canvas);
  frame.style.height = `${Math.min(900, 92 + 32 * clients.length)}px`;
  // The canvas takes its size from the page, so it is drawn once it is in the page.
  setTimeout(() => drawWaiting(canvas, clients));
  const numbers = waitingTable(clients);
  return element("section", {},
    element("h4", {}, "Waiting"),
    element("p", {}, words),
    frame,
    clients.length <= 20
      ? numbers
      : element("details", {}, element("summary", {}, "All the numbers"), numbers));
}

// Iterative beside concurrent servers: waiting is measured to compare them.
function waitingOverview(runs) {
  const rows = runs
    .map((run, index) => ({ run, index, clients: (run.waiting ?? []).map(waitingOf) }))
    .filter(({ clients }) => clients.length > 0);
  if (rows.length < 2) {
    return null;
  }
  const time = (title) => ({ title, numeric: true });
  return element("section", { class: "overview", "aria-labelledby": "waiting-overview" },
    element("h2", { id: "waiting-overview" }, "Waiting, compared"),
    table("Waiting times, run by run",
      [{ title: "run" }, time("clients"), time("mean waiting"), time("longest"),
       time("mean response")],
      rows.map(({ run, index, clients }) => {
        const { mean: average, longest, meanResponse } = waitingSummary(clients);
        return [
          element("span", {},
            element("a", { href: `#run-${index + 1}` }, run.title ?? run.scenario), " ",
            element("span", { class: "quiet" }, circumstances(run))),
          count(clients.length), duration(average), duration(longest), duration(meanResponse)];
      }), { quietCaption: true }));
}
