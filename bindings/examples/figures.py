"""What the examples share: their options, and how figures look."""

from __future__ import annotations

import argparse
import os
import pathlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import matplotlib

matplotlib.use("Agg")  # files, no windows
import matplotlib.pyplot as plt  # noqa: E402

plt.rcParams.update({"axes.grid": True, "axes.axisbelow": True, "grid.alpha": 0.3, "figure.dpi": 120,
                     "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False})
COLOURS = ("#1f6fb4", "#d1661e", "#3a8f3d", "#8a4fa8")


def main(draw: Callable[[bool, dict[str, Any]], Any], name: str, what: str) -> None:
    """``draw(small, options)`` returns a figure; the options are for badwire.sweep."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--small", action="store_true", help="few runs: does it work?")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(f"{name}.png"), help="the figure")
    asked = parser.parse_args()
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        figure = draw(asked.small, {"network": "virtual", "executor": workers})
    figure.savefig(asked.out, bbox_inches="tight")
    print(asked.out)


def points(axis: Any, table: Any, x: str, metric: str, label: str, colour: str, scale: float = 1) -> None:
    """A summary's means of a metric against a column, with their 95 % intervals."""
    half = table[f"{metric}.high"] - table[f"{metric}.mean"]
    axis.errorbar(table[x], table[f"{metric}.mean"] * scale, half * scale, fmt="o", markersize=4, capsize=3,
                  color=colour, label=label)


def judged(sweep: Any, *verdicts: str) -> Any:
    """The sweep, if every run came to one of these verdicts: a figure of other runs would show something else."""
    bad = [row for row in sweep if row["verdict"] not in verdicts]
    if bad:
        raise SystemExit(f"{len(bad)} of {len(sweep)} runs; the first: {bad[0]['verdict']}: {bad[0]['message']}")
    return sweep
