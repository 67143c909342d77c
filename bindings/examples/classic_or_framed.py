"""How often a file arrives whole: the course's classic wire, line by line, and numbered, acknowledged units.

Measured: udp-ftp-client with ``--mode lines`` (nothing is acknowledged) and ``--mode stop-and-wait`` over a link that
loses datagrams in both directions; a run passes if the file is the same at both ends.
Line: on the classic wire all n + 2 datagrams (the name, n lines, the end) must arrive, each independently with
probability 1 - p, so (1 - p)^(n + 2). Bars: 95 % intervals of Wilson for a share.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from figures import COLOURS, judged, main, plt

import badwire

LINES = 20
MODES = {"lines": "classic: a line a datagram", "stop-and-wait": "framed: numbered and acknowledged"}
SCENARIO = {
    "title": "A text over a link that loses",
    "network": "virtual",
    "matrix": {"mode": list(MODES), "loss": [0]},
    "files": {"text.txt": {"lines": LINES}},
    "links": {"wan": {"loss": "${matrix.loss}", "delay": "2ms"}},
    "processes": {
        "server": {"program": "udp-ftp-server", "args": ["--once", "--timeout", "5s"]},
        "client": {"program": "udp-ftp-client", "to": "server", "over": "wan",
                   "args": ["text.txt", "--mode", "${matrix.mode}", "--timeout", "60s"]},
    },
    "expect": [{"same_file": ["text.txt", "server/received/text.txt"]}],
}  # fmt: skip


def wilson(passed: int, runs: int) -> tuple[float, float, float]:
    """The share, and how far its 95 % interval reaches below and above it."""
    share, z = passed / runs, 1.959963984540054
    middle = (share + z * z / (2 * runs)) / (1 + z * z / runs)
    half = z / (1 + z * z / runs) * math.sqrt(share * (1 - share) / runs + z * z / (4 * runs * runs))
    return share, max(0, share - middle + half), max(0, middle + half - share)


def draw(small: bool, options: dict[str, Any]) -> Any:
    losses = [0, 0.05] if small else [0, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15]
    swept = badwire.sweep(SCENARIO, {"loss": losses}, repeat=10 if small else 200, **options)
    table = judged(swept, "pass", "fail").summary()
    figure, axis = plt.subplots(figsize=(6.5, 4.2))
    loss = np.linspace(0, max(losses), 200)
    axis.plot(loss, (1 - loss) ** (LINES + 2), color=COLOURS[0], alpha=0.6, label="$(1-p)^{n+2}$")
    for (mode, label), colour in zip(MODES.items(), COLOURS):
        rows = table[table["mode"] == mode]
        share, below, above = zip(*(wilson(*one) for one in zip(rows["pass"], rows["runs"])))
        axis.errorbar(rows["loss"], share, (below, above), fmt="o", markersize=4, capsize=3, color=colour,
                      label=label)
    axis.set(xlabel="loss each way", ylabel="share of runs in which the file is the same",
             title=f"{LINES} lines over datagrams", ylim=(-0.03, 1.05))
    axis.legend()
    return figure


if __name__ == "__main__":
    main(draw, "classic_or_framed", __doc__.splitlines()[0])
