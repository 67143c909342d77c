"""Results as HTML for notebooks: small, self-contained, and what did not pass comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from badwire.results import Results, Run

_COLOURS = {"pass": "#1a7f37", "fail": "#c62828", "inconclusive": "#9a6700", "error": "#8250df",
            "agrees": "#1a7f37", "differs": "#c62828"}
_WORST_FIRST = ("error", "fail", "inconclusive", "pass")
_MOST_ROWS = 20
_MOST_CHARACTERS = 80


def rank(verdict: str) -> int:
    """0 for the worst verdict; one that is not known is worse than a pass."""
    return _WORST_FIRST.index(verdict if verdict in _WORST_FIRST else "inconclusive")


def worst_first(runs: Iterable[Run]) -> list[Run]:
    """The runs by their verdicts, those of the same in their order."""
    return sorted(runs, key=lambda run: rank(run.verdict))


def html_of_results(results: Results) -> str:
    """How many runs came to each verdict, and a row for each, those that did not pass first."""
    runs = worst_first(results)
    shown, more = runs[:_MOST_ROWS], runs[_MOST_ROWS:]
    head = ("scenario", "network", "seed", "verdict", "elapsed_ms", "message")
    table = _table(head, [_row(run) for run in shown])
    beyond = f"<p>and {len(more)} more: {_verdicts(more)}</p>" if more else ""
    theories = _table(("clients", "model", "verdict", "waiting_ms", "theory_ms", "message"), [
        (escape(one.clients), escape(one.model), _coloured(one.verdict),
         _number(one.waiting_ms.get("mean")), _number(one.theory_ms), escape(one.message))
        for one in results.theory])
    return f"<div><p>{_verdicts(runs) or 'no runs'}</p>{table}{beyond}{theories}</div>"


def html_of_run(run: Run) -> str:
    """The run's verdict and why; its expectations, processes and links as tables."""
    head = (f"<p><b>{escape(run.title)}</b> on {escape(run.network)}, seed {run.seed}: "
            f"{_coloured(run.verdict)}{escape(_why(run))}</p>")
    expectations = [(_coloured("pass" if one.met else "fail"), escape(one.what), escape(one.detail))
                    for one in run.expectations]
    processes = [(escape(name), escape(_short(" ".join((one.program, *one.arguments)))),
                  "–" if one.exit is None else str(one.exit),
                  f"{one.started_ms:g}", f"{one.ended_ms:g}")
                 for name, one in run.processes.items()]
    links = [(escape(name), way, str(one.offered), str(one.delivered), str(one.dropped))
             for name, link in run.links.items() for way, one in (("up", link.up), ("down", link.down))]
    return "".join((
        "<div>", head,
        _table(("met", "expectation", "what happened"), expectations),
        _table(("process", "command", "exit", "started_ms", "ended_ms"), processes),
        _table(("link", "direction", "offered", "delivered", "dropped"), links), "</div>"))


def _row(run: Run) -> tuple[str, ...]:
    matrix = ", ".join(f"{name}={value}" for name, value in run.matrix.items())
    title = f"{run.title} ({matrix})" if matrix else run.title
    return (escape(title), escape(run.network), str(run.seed), _coloured(run.verdict),
            f"{run.elapsed_ms:g}", escape(_why(run).removeprefix(": ")))


def _why(run: Run) -> str:
    """Why it did not pass, or why its pass says less than it seems."""
    why = run.message or ("but " + "; ".join(run.vacuous) if run.vacuous else "")
    return f": {why}" if why else ""


def _verdicts(runs: Iterable[Run]) -> str:
    return ", ".join(f"{count} {_coloured(verdict)}"
                     for verdict, count in Counter(run.verdict for run in runs).items())


def _coloured(verdict: str) -> str:
    colour = _COLOURS.get(verdict, _COLOURS["inconclusive"])
    return f'<b style="color:{colour}">{escape(verdict)}</b>'


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS - 1] + "…"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The cells of the rows are HTML already; without rows there is no table."""
    if not rows:
        return ""
    titles = "".join(f"<th>{escape(one)}</th>" for one in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"
