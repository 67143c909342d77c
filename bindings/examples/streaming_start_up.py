"""How long a listener waits until the music begins, against loss: the classic and the framed wire.

Measured: stream-client begins to play once 50,000 bytes are there; the server sends a datagram of 1,000 to 2,000
bytes every 10 ms, 1,500 in the mean; the link loses what comes from the server.
Lines, after one round trip of 40 ms, with p the loss and q = 1 - p: on the classic wire only bytes that came count, so
34 / q datagrams are needed in the mean (negative binomial). On the framed wire the player waits for a missing datagram
until 16 later ones have come, then plays silence in its place: of the first 34 datagrams the last one that is missing
decides, which makes 34 + 16 - q (1 - q^16) / p + p / q.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from figures import COLOURS, main, judged, plt, points

import badwire

PAUSE_MS, ROUND_TRIP_MS, BEGIN_BYTES, MEAN_BYTES, PATIENCE = 10, 40, 50_000, 1500, 16
START = "client.startup_delay_ms"
SCENARIO = {
    "title": "A stream over a link that loses",
    "network": "virtual",
    "matrix": {"wire": ["classic", "framed"], "loss": [0], "size": ["400KiB"]},
    "files": {"song.bin": {"random": "${matrix.size}"}},
    "links": {"wan": {"down": {"loss": "${matrix.loss}"}, "delay": f"{ROUND_TRIP_MS // 2}ms"}},
    "processes": {
        "server": {"program": "stream-server", "args": ["--wire", "${matrix.wire}"]},
        "client": {"program": "stream-client", "args": ["song.bin", "--wire", "${matrix.wire}"], "to": "server",
                   "over": "wan"},
    },
    "expect": [{"metric": START, "at_least": 1}],
}  # fmt: skip


def draw(small: bool, options: dict[str, Any]) -> Any:
    losses = [0, 0.1] if small else [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3]
    size = ["100KiB" if small else "400KiB"]
    swept = badwire.sweep(SCENARIO, {"loss": losses, "size": size}, repeat=3 if small else 50, **options)
    # A classic client that misses the end of the stream has failed, but the music began.
    table = judged(swept, "pass", "fail").summary(START)
    figure, axis = plt.subplots(figsize=(6.5, 4.2))
    loss, needed = np.linspace(1e-6, max(losses), 200), np.ceil(BEGIN_BYTES / MEAN_BYTES)
    kept = 1 - loss
    lines = (needed / kept, needed + PATIENCE - kept * (1 - kept**PATIENCE) / loss + loss / kept)
    for wire, line, colour in zip(("classic", "framed"), lines, COLOURS):
        axis.plot(loss, ROUND_TRIP_MS + PAUSE_MS * (line - 1), color=colour, alpha=0.6)
        points(axis, table[table["wire"] == wire], "loss", START, wire, colour)
    axis.set(xlabel="loss on the way to the listener", ylabel="time until the music begins (ms)",
             ylim=(0, None), title="begins with 50,000 bytes")
    axis.legend(title="measured; lines: closed forms")
    return figure


if __name__ == "__main__":
    main(draw, "streaming_start_up", __doc__.splitlines()[0])
