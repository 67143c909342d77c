"""How many workers does a pool need? Waiting against the size of the pool.

Measured: concurrent-server with a pool of c workers; clients come as a Poisson process of 300 a second, and ask for an
exponential amount of work of 10 ms in the mean, so three workers would be busy all the time.
Line: M/M/c. The share of clients that wait is Erlang's C, their mean waiting time C * s / (c - a), with the service s
and the offered load a = 3. All requests are counted, also the first, which find an empty server.
"""

from __future__ import annotations

from typing import Any

from figures import COLOURS, main, judged, plt, points

import badwire

STEP_MS, STEPS, RATE = 0.1, 100, 300  # work is drawn in steps of an addition
SERVICE_MS = STEP_MS * STEPS
OFFERED = RATE * SERVICE_MS / 1000
WAITING = "load.client.waiting_ms.mean"


def scenario(requests: int) -> dict[str, Any]:
    return {
        "title": "A pool of workers",
        "network": "virtual",
        "matrix": {"workers": [4]},
        "time_limit": "1h",
        "processes": {
            "server": {"program": "concurrent-server", "args": [
                "--work", f"{STEP_MS}ms", "--model", "pool", "--workers", "${matrix.workers}"]},
            "client": {"program": "load-client", "args": ["--requests", str(requests)], "to": "server",
                       "arrivals": {"poisson": f"{RATE}/s"}, "work": {"exponential": STEPS}},
        },
    }  # fmt: skip


def mmc_waiting_ms(workers: int) -> float:
    blocked = 1.0  # Erlang's B, by its recursion
    for busy in range(1, workers + 1):
        blocked = OFFERED * blocked / (busy + OFFERED * blocked)
    waits = workers * blocked / (workers - OFFERED * (1 - blocked))
    return waits * SERVICE_MS / (workers - OFFERED)


def draw(small: bool, options: dict[str, Any]) -> Any:
    sizes = [4, 8] if small else [4, 5, 6, 7, 8, 10]
    requests, repeat = (300, 2) if small else (10_000, 20)
    swept = badwire.sweep(scenario(requests), {"workers": sizes}, repeat=repeat, **options)
    table = judged(swept, "pass").summary(WAITING)
    figure, axis = plt.subplots(figsize=(6.5, 4.2))
    axis.plot(sizes, [mmc_waiting_ms(size) for size in sizes], color=COLOURS[0], alpha=0.6, label="M/M/c")
    points(axis, table, "workers", WAITING, "measured", COLOURS[0])
    axis.set(xlabel="workers", ylabel="mean waiting time (ms)", yscale="log",
             title=f"{RATE} clients a second, {SERVICE_MS:g} ms of work each in the mean")
    axis.legend()
    return figure


if __name__ == "__main__":
    main(draw, "pool_sizes", __doc__.splitlines()[0])
