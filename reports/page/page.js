// The page as a whole: the header, the list of runs, its filters and its links.

function reportHeader(results, runs) {
  const networks = [...new Set(runs.map((run) => run.network))].join(", ");
  const facts = [
    results.started ? element("time", { datetime: results.started },
      results.started.replace("T", " ").replace(/Z$/, " UTC")) : null,
    runs.length === 1 ? "1 run" : `${count(runs.length)} runs`,
    networks ? `network ${networks}` : null,
    isNumber(results.wall_ms) ? `took ${duration(results.wall_ms)}` : null,
  ].filter((fact) => fact !== null);
  return [
    element("p", { class: "brand" }, "badwire", element("span", { class: "quiet" }, " report")),
    element("h1", {}, results.title ?? "badwire run"),
    element("p", { class: "facts quiet" }, facts.map((fact) => element("span", {}, fact))),
  ];
}

// Filters by verdict and by words; says how many runs are shown, for those who do not see it.
function runFilter(runs, items) {
  const state = { verdict: "all", words: "" };
  const texts = runs.map((run) =>
    [run.title, run.scenario, circumstances(run), ...(run.tags ?? [])].join(" ").toLowerCase());
  const shown = element("p", { class: "quiet shown", role: "status" });
  const matches = (run) => state.verdict === "all" || run.verdict === state.verdict;
  const buttons = ["all", ...verdicts].map((verdict) => {
    const total = runs.filter((run) => verdict === "all" || run.verdict === verdict).length;
    return element("button", {
      type: "button", class: `filter ${verdict}`, "data-verdict": verdict,
      disabled: total === 0 && verdict !== "all",
      click: () => { state.verdict = verdict; apply(); },
    }, element("span", { class: "total" }, count(total)), " ", verdict);
  });
  const search = element("input", {
    type: "search", placeholder: "Filter by words", "aria-label": "Filter runs by words",
    input: () => { state.words = search.value; apply(); },
  });

  function apply() {
    const words = state.words.toLowerCase().split(/\s+/).filter((word) => word !== "");
    let left = 0;
    items.forEach((item, index) => {
      item.hidden = !(matches(runs[index]) &&
        words.every((word) => texts[index].includes(word)));
      left += item.hidden ? 0 : 1;
    });
    buttons.forEach((button) =>
      button.setAttribute("aria-pressed", String(button.dataset.verdict === state.verdict)));
    shown.textContent =
      left === runs.length ? "" : `${count(left)} of ${count(runs.length)} runs shown`;
  }

  function showAll() {
    state.verdict = "all";
    state.words = search.value = "";
    apply();
  }

  apply();
  return { buttons, search, shown, showAll };
}

// The failed runs first; without any, the runs that have a chart.
function runsToOpen(runs) {
  const indexes = runs.map((run, index) => index);
  if (runs.length === 1) {
    return indexes;
  }
  const troubled = indexes.filter((index) => ["fail", "error"].includes(runs[index].verdict));
  const measured = indexes.filter((index) => (runs[index].waiting ?? []).length > 0);
  return troubled.length > 0 ? troubled.slice(0, 3) : measured.slice(0, 2);
}

function followLink(items, filter) {
  const number = /^#run-(\d+)$/.exec(location.hash)?.[1];
  const item = items[Number(number) - 1];
  if (item) {
    if (item.hidden) {
      filter.showAll();
    }
    item.openNow();
    item.scrollIntoView();
  }
}

function render() {
  const results = JSON.parse(document.getElementById("results").textContent);
  const runs = results.runs;
  document.title = `${results.title ?? "badwire run"} · badwire report`;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;

  const items = runs.map((run, index) => runDetails(run, index + 1));
  const filter = runFilter(runs, items);
  document.getElementById("head").append(...reportHeader(results, runs),
    element("div", { class: "filters", role: "group", "aria-label": "Filter runs by verdict" },
      filter.buttons));
  const overviews = [theoryOverview(results.theory ?? []), waitingOverview(runs)];
  document.getElementById("main").append(
    ...overviews.filter(Boolean),
    element("section", { "aria-labelledby": "runs" },
      element("div", { class: "runs-head" },
        element("h2", { id: "runs" }, "Runs"),
        runs.length > 8 ? filter.search : "", filter.shown),
      runs.length ? element("div", { class: "runs" }, items)
        : element("p", { class: "quiet" }, "No scenario was run.")));
  document.getElementById("foot").append(
    `Made by badwire ${results.badwire ?? ""}`.trim(), " from results.json. Charts by Chart.js ",
    Chart.version, ", MIT licence.");

  runsToOpen(runs).forEach((index) => items[index].openNow());
  followLink(items, filter);
  addEventListener("hashchange", () => followLink(items, filter));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaintCharts);
  // Paper is white, whatever the screen's scheme.
  const printing = (yes) => () => {
    document.documentElement.classList.toggle("printing", yes);
    liveCharts.forEach((chart) => chart.resize());
    repaintCharts();
  };
  addEventListener("beforeprint", printing(true));
  addEventListener("afterprint", printing(false));

  // Tests wait until the charts are drawn. A timer, because a starved browser draws no frames.
  setTimeout(() => setTimeout(() => {
    document.documentElement.dataset.rendered = "true";
  }));
}

render();
