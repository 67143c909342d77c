"""An election by multicast under loss: who ends knowing all votes, and when.

Measured: five members of multicast-election, each behind a link that loses what it receives. On the classic wire a
vote is sent once; on the framed one votes are repeated until all have all. An election ends well if everybody
counts five votes.
Line: on the classic wire each of the 5 * 4 votes of others must arrive, independently: (1 - p)^20. A member always
hears itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from classic_or_framed import wilson
from figures import COLOURS, judged, main, plt, points

import badwire

MEMBERS = 5
SCENARIO = {
    "title": "Five electorates behind links that lose",
    "network": "virtual",
    "matrix": {"wire": ["classic", "framed"], "loss": [0]},
    "links": {"wan": {"down": {"loss": "${matrix.loss}", "delay": "5ms"}}},
    "time_limit": "60s",
    "processes": {
        "member": {
            "program": "multicast-election",
            "args": ["--wire", "${matrix.wire}", "--electorates", str(MEMBERS), "--timeout", "20s"],
            "over": "wan",
            "count": MEMBERS,
            "input": [{"ready": ["member"], "text": "A"}],
        },
    },
    "expect": [{"output": "member", "contains": f"Tally: A {MEMBERS}, B 0"}],
}


def draw(small: bool, options: dict[str, Any]) -> Any:
    losses = [0, 0.1] if small else [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3]
    swept = badwire.sweep(SCENARIO, {"loss": losses}, repeat=10 if small else 200, **options)
    table = judged(swept, "pass", "fail").summary("elapsed_ms")
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2))
    loss = np.linspace(0, max(losses), 200)
    left.plot(loss, (1 - loss) ** (MEMBERS * (MEMBERS - 1)), color=COLOURS[0], alpha=0.6,
              label=f"$(1-p)^{{{MEMBERS * (MEMBERS - 1)}}}$")
    for wire, colour in zip(("classic", "framed"), COLOURS):
        rows = table[table["wire"] == wire]
        share, below, above = zip(*(wilson(*one) for one in zip(rows["pass"], rows["runs"])))
        left.errorbar(rows["loss"], share, (below, above), fmt="o", markersize=4, capsize=3, color=colour,
                      label=wire)
    points(right, table[table["wire"] == "framed"], "loss", "elapsed_ms", "framed", COLOURS[1])
    left.set(xlabel="loss", ylabel="share of elections in which all know all votes", ylim=(-0.03, 1.05))
    left.legend()
    right.set(xlabel="loss", ylabel="time until the last one ended (ms)", title="framed: all votes, but later",
              ylim=(0, 1200))
    return figure


if __name__ == "__main__":
    main(draw, "election_under_loss", __doc__.splitlines()[0])
