"""Stop-and-wait, go-back-n and selective repeat: utilisation against loss and delay.

Measured: badwire's udp-ftp-client over a link of 2 Mbit/s that loses data, but no acknowledgments.
Lines: the closed forms of W. Stallings, Data and Computer Communications, 8th edition, appendix 7A, with a the
delay and W the window, both in transmission times of a unit, p the loss, and W > 1 + 2a:

    stop-and-wait (1 - p) / (1 + 2a)    go-back-n (1 - p) / (1 + 2ap)    selective repeat 1 - p

They assume that a lost unit is sent again after exactly one round trip, that acknowledgments take no time and
that there is always something to send. Here the timeout is learnt (RFC 6298) and doubles when it hits again, a
file ends, and headers take 28 of 1028 bytes, so measured values lie below. The window is 2 + 2a, of selective repeat
four times as much: it stands still while its oldest unit is sent again.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from figures import COLOURS, main, judged, plt, points

import badwire

UNIT, HEADER, RATE = 1000, 28, 2e6  # bytes, bytes, bit/s
SEND_S = 8 * (UNIT + HEADER) / RATE  # the time that a unit takes
GOODPUT = "client.goodput_bytes_per_s"
MODES = ("stop-and-wait", "go-back-n", "selective-repeat")


def scenario(mode: str, size: str, delay_ms: float) -> dict[str, Any]:
    window = math.ceil(2 + 2 * delay_ms / 1000 / SEND_S) * (4 if mode == "selective-repeat" else 1)
    options = ["--unit", str(UNIT), "--mode", mode]
    return {
        "title": "A file over a slow link that loses",
        "network": "virtual",
        "time_limit": "1h",
        "matrix": {"loss": [0]},
        "files": {"payload.bin": {"random": size}},
        "links": {"wan": {"delay": f"{delay_ms}ms",
                          "up": {"loss": "${matrix.loss}",
                                 "rate": {"limit": "2Mbit/s", "queue": {"packets": 1000}}}}},
        "processes": {
            "server": {"program": "udp-ftp-server", "args": ["--once"]},
            "client": {"program": "udp-ftp-client", "to": "server", "over": "wan", "args": [
                "payload.bin", *options, *(() if mode == MODES[0] else ("--window", str(window)))]},
        },
        "expect": [{"same_file": ["payload.bin", "server/received/payload.bin"]}],
    }  # fmt: skip


def closed_form(mode: str, loss: Any, delay_ms: Any) -> Any:
    a = delay_ms / 1000 / SEND_S
    below = {"stop-and-wait": 1 + 2 * a, "go-back-n": 1 + 2 * a * loss, "selective-repeat": 1}[mode]
    return (1 - loss) / below


def draw(small: bool, options: dict[str, Any]) -> Any:
    size, repeat = ("40kB", 2) if small else ("400kB", 20)
    losses = [0, 0.02, 0.1] if small else [0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2]
    delays = [5, 50] if small else [1, 5, 10, 20, 40, 80]

    def measured(mode: str, losses: list[float], delay_ms: float) -> pd.DataFrame:
        swept = badwire.sweep(scenario(mode, size, delay_ms), {"loss": losses}, repeat=repeat, **options)
        return judged(swept, "pass").summary(GOODPUT).assign(delay_ms=delay_ms)

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), sharey=True)
    loss, delay_ms = np.linspace(0, max(losses), 200), np.linspace(min(delays), max(delays), 200)
    for mode, colour in zip(MODES, COLOURS):
        points(left, measured(mode, losses, 20), "loss", GOODPUT, mode, colour, 8 / RATE)
        by_delay = pd.concat([measured(mode, [0.02], one) for one in delays])
        points(right, by_delay, "delay_ms", GOODPUT, mode, colour, 8 / RATE)
        left.plot(loss, closed_form(mode, loss, 20) + 0 * loss, color=colour, alpha=0.6)
        right.plot(delay_ms, closed_form(mode, 0.02, delay_ms) + 0 * delay_ms, color=colour, alpha=0.6)
    left.set(xlabel="loss of data", ylabel="share of the link's rate", title="delay 20 ms", ylim=(0, 1.05),
             xticks=[0, 0.05, 0.1, 0.15, 0.2])
    right.set(xlabel="delay each way (ms)", title="loss 2 %")
    right.legend(title="measured; lines: closed forms", loc="center right", bbox_to_anchor=(1, 0.3))
    return figure


if __name__ == "__main__":
    main(draw, "arq_modes", __doc__.splitlines()[0])
