"""How much sooner two Dask workers make 1,000 virtual runs than one process.

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
GRID = {"/links/wan/loss": [0, 0.02, 0.05, 0.1]}


def timed(runs: int, executor: Any) -> tuple[float, list[dict[str, Any]]]:
    begin = time.monotonic()
    swept = badwire.sweep(SCENARIO, GRID, repeat=runs // 4, network="virtual", executor=executor, progress=False)
    took = time.monotonic() - begin
    return took, [{name: value for name, value in row.items() if name != "wall_ms"} for row in swept]


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    alone, expected = timed(runs, None)
    print(f"{len(expected)} runs in one process: {alone:.2f} s, {1000 * alone / len(expected):.2f} ms a run")
    with tempfile.TemporaryDirectory() as folder, cluster(pathlib.Path(folder) / "dask", 2) as made, \
            Client(made.address) as client:
        client.wait_for_workers(2)
        client.run(lambda: __import__("badwire").__version__)  # what is imported once is not the runs' cost
        shared, found = timed(runs, client)
    print(f"{len(found)} runs on two Dask workers: {shared:.2f} s")
    print(f"ratio: {shared / alone:.2f}; the figures are {'the same' if found == expected else 'NOT the same'}")


if __name__ == "__main__":
    main()
