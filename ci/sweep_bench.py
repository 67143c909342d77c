"""How much sooner two Dask workers make 1,000 virtual runs than one process: short runs and longer ones.

Handing over a run to a worker takes about half a millisecond of somebody's time, and the scheduler and the client need
a core, too. So on two cores short runs gain less. Measure on a machine that does nothing else.

usage: PYTHONPATH=build/ci/python python3 ci/sweep_bench.py [RUNS]
"""

from __future__ import annotations

import pathlib
import sys
import tempfile
import time
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "bindings" / "tests")]

from dask_cluster import cluster  # noqa: E402
from distributed import Client  # noqa: E402

import badwire  # noqa: E402

SCENARIO = HERE.parent / "scenarios" / "demo" / "lossy_ftp.json"
LOSSES = [0, 0.02, 0.05, 0.1]
SIZES = ("16KiB", "128KiB")  # of the file: about 1 and 10 ms a run


def timed(size: str, runs: int, executor: Any) -> tuple[float, list[dict[str, Any]]]:
    begin = time.monotonic()
    swept = badwire.sweep(SCENARIO, {"/links/wan/loss": LOSSES, "/files/payload.bin/random": [size]},
                          repeat=runs // len(LOSSES), network="virtual", executor=executor, progress=False)
    took = time.monotonic() - begin
    return took, [{name: value for name, value in row.items() if name != "wall_ms"} for row in swept]


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder, cluster(pathlib.Path(folder) / "dask", 2) as made, \
            Client(made.address) as client:
        client.wait_for_workers(2)
        client.run(lambda: __import__("badwire").__version__)  # what is imported once is not the runs' cost
        for size in SIZES:
            alone, expected = timed(size, runs, None)
            shared, found = timed(size, runs, client)
            print(f"{len(found)} runs of {1000 * alone / len(found):.1f} ms: {alone:.2f} s in one process, "
                  f"{shared:.2f} s on two Dask workers, ratio {shared / alone:.2f}; the figures are "
                  f"{'the same' if found == expected else 'NOT the same'}", flush=True)


if __name__ == "__main__":
    main()
