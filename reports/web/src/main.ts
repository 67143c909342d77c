// What the page is: a report where there are results, or the view of a network that runs now.

import "./page.css";
import "./ladder.css";
import { showLive } from "./live";
import { showReport } from "./report";
import type { Beside, Results } from "./results";

function dataOf<T>(id: string): T | null {
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as T) : null;
}

const results = dataOf<Results>("results");
if (results !== null) {
  showReport(results, dataOf<Beside>("beside") ?? {});
}
const live = dataOf<{ title: string }>("live");
if (live !== null) {
  showLive(live.title);
}

// Tests wait until the charts are drawn. A timer, because a starved browser draws no frames.
setTimeout(() => setTimeout(() => {
  document.documentElement.dataset["rendered"] = "true";
}));
