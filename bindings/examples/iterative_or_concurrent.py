"""Waiting at an iterative and at a concurrent server: the course's two clients, then many at random times.

Left: one client asks for 100, half a second later another one for 5, at 200 ms per addition.
Right: clients come as a Poisson process, each asks for 10 ms of work; the mean time until a reply against how busy
one iterative server would be. Lines: M/D/1 (Pollaczek-Khinchine: waiting = rho * s / (2 (1 - rho)), service s), and a
server on which nobody waits. The concurrent server adds in threads that do not hinder each other: in virtual time
adding takes time, but no core. All requests are counted; of so many, the first, which find an empty server, are few.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from figures import COLOURS, main, judged, plt, points

import badwire

SERVICE_MS = 10
RESPONSE = "load.client.response_ms.mean"


def two_clients(server: str) -> dict[str, Any]:
    return {
        "title": f"Two clients of an {server}",
        "network": "virtual",
        "processes": {
            "server": {"program": server, "args": ["--work", "200ms"]},
            "first": {"program": "sum-client", "args": ["--count", "100"], "to": "server"},
            "second": {"program": "sum-client", "args": ["--count", "5"], "to": "server", "after": "first",
                       "delay": "500ms"},
        },
    }  # fmt: skip


def many_clients(requests: int) -> dict[str, Any]:
    return {
        "title": "Clients at random times",
        "network": "virtual",
        "matrix": {"server": ["iterative-server", "concurrent-server"]},
        "time_limit": "1h",
        "processes": {
            "server": {"program": "${matrix.server}", "args": ["--work", f"{SERVICE_MS}ms"]},
            "client": {"program": "load-client", "args": ["--requests", str(requests)], "to": "server",
                       "arrivals": {"poisson": "1/s"}},
        },
    }  # fmt: skip


def draw_two_clients(axis: Any) -> None:
    for row, server in enumerate(("iterative-server", "concurrent-server")):
        (run,) = badwire.run(two_clients(server), network="virtual")
        for at, client in enumerate(run.waiting):
            y = 3 * row + at
            axis.barh(y, client.waiting_ms / 1000, left=client.arrival_ms / 1000, color="#d9d9d9")
            axis.barh(y, client.service_ms / 1000, left=client.start_ms / 1000, color=COLOURS[row])
            axis.text(client.end_ms / 1000, y, f" waited {client.waiting_ms / 1000:g} s", va="center")
    axis.set(xlabel="time (s)", title="the course's two clients", xlim=(0, 27), yticks=(0, 1, 3, 4),
             yticklabels=("iterative: asks for 100", "asks for 5", "concurrent: asks for 100", "asks for 5"))
    axis.invert_yaxis()


def draw(small: bool, options: dict[str, Any]) -> Any:
    busy = [0.3, 0.8] if small else [0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95]
    requests, repeat = (200, 2) if small else (10_000, 20)
    rates = [f"{1000 * rho / SERVICE_MS:g}/s" for rho in busy]
    swept = badwire.sweep(many_clients(requests), {"/processes/client/arrivals/poisson": rates}, repeat=repeat,
                          **options)
    table = judged(swept, "pass").summary(RESPONSE)
    rate = table["processes.client.arrivals.poisson"].str.removesuffix("/s").astype(float)
    table["utilisation"] = rate * SERVICE_MS / 1000
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.2))
    draw_two_clients(left)
    rho = np.linspace(0, max(busy), 200)
    lines = (SERVICE_MS + rho * SERVICE_MS / (2 * (1 - rho)), np.full_like(rho, SERVICE_MS))
    for server, line, colour in zip(("iterative-server", "concurrent-server"), lines, COLOURS):
        points(right, table[table["server"] == server], "utilisation", RESPONSE, server, colour)
        right.plot(rho, line, color=colour, alpha=0.6)
    right.set(xlabel="utilisation of one iterative server", ylabel="time until the reply (ms)",
              title=f"many clients, {SERVICE_MS} ms of work each", ylim=(0, None))
    right.legend(title="measured; lines: M/D/1, no waiting")
    return figure


if __name__ == "__main__":
    main(draw, "iterative_or_concurrent", __doc__.splitlines()[0])
