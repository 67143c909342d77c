// What was proved of single faults, and what a search found.

import { type Child, copyable, element, table, visibleText } from "./dom";
import { count, counted, inWords, spacedJson } from "./numbers";
import type { Certificate, Json, SearchSummary } from "./results";

function claimOf(made: Certificate): string {
  const faults = (made.faults ?? []).map(inWords).join(", ") || "drop";
  const size = made.at_most === undefined ? "faults" : `at most ${counted(made.at_most, "fault")}`;
  return made.certified
    ? `No pattern of ${size} (${faults}) among the first ${count(made.first)} packets makes it fail.`
    : `${counted(made.counterexample?.length ?? 0, "fault")}, of ${size} (${faults}), among the first ${count(made.first)} packets `
      + `${made.counterexample?.length === 1 ? "makes" : "make"} it fail: ${made.failure ?? ""}`;
}

export function certificateOverview(made: Certificate | null | undefined): Child {
  if (!made || typeof made !== "object") {
    return null;
  }
  const texts = (values: Json[] | undefined): string => (values ?? []).map((one) => (typeof one === "string" ? one : spacedJson(one))).join("; ");
  const facts = [["scenario", made.scenario], ["seed", String(made.seed ?? "")], ["patterns", count(made.patterns)],
    ["runs", count(made.runs)], ["packets without faults", count(made.packets_without_faults)],
    ["without", texts(made.without)], ["not expected", texts(made.not_expected)], ["expected", texts(made.expected)]]
    .filter(([, value]) => value);
  return element("section", { class: "overview certificate", "aria-labelledby": "certificate" },
    element("h2", { id: "certificate" }, made.certified ? "Certified" : "Not certified"),
    element("p", { class: `message ${made.certified ? "pass" : "fail"}` }, visibleText(claimOf(made))),
    (made.counterexample ?? []).length
      ? element("ol", { class: "faults" }, (made.counterexample ?? []).map((fault) => element("li", {},
        element("p", {}, visibleText(fault.told ?? "")),
        fault.rule === undefined ? null : copyable(spacedJson(fault.rule), element("code", {}, spacedJson(fault.rule)), "Rule"),
        element("p", { class: "quiet" }, "one of ", element("code", {}, `links.${fault.link ?? ""}.${fault.direction ?? ""}.exact`)))))
      : null,
    element("dl", { class: "facts-list" }, facts.map(([term, value]) =>
      element("div", {}, element("dt", {}, term), element("dd", {}, visibleText(value ?? ""))))));
}

export function searchOverview(search: SearchSummary | undefined): Child {
  if (!search) {
    return null;
  }
  const number = (title: string) => ({ title, numeric: true });
  return element("section", { class: "overview", "aria-labelledby": "search-overview" },
    element("h2", { id: "search-overview" }, "Search"),
    element("p", {}, `${counted(search.runs ?? 0, "run")}, of which ${count(search.failed ?? 0)} failed`
      + `${search.kinds?.length ? `, in ${counted(search.kinds.length, "way")}` : ""}.`),
    search.kinds?.length
      ? table("Kinds of failures", [{ title: "expected, and did not come true" }, { title: "the last packets" }, number("runs"), number("first seed")],
        search.kinds.map((kind) => [visibleText(kind.expected ?? ""), visibleText(kind.last_packets ?? ""), count(kind.count), String(kind.seed ?? "")]),
        { quietCaption: true })
      : null);
}
