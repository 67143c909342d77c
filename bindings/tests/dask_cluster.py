"""A scheduler and workers of dask.distributed, each a process, on loopback, with ports that the system chooses."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator


class Cluster:
    """The processes; ``address`` is the scheduler's."""

    def __init__(self, folder: pathlib.Path, workers: int) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._processes = [self._start("scheduler", "--no-dashboard", "--port", "0")]
        self.workers = [self.add_worker() for _ in range(workers)]

    @property
    def address(self) -> str:
        return json.loads(self._file.read_text())["address"]

    def is_ready(self) -> bool:
        return self._file.exists() and bool(self._file.read_text())

    def add_worker(self) -> subprocess.Popen[bytes]:
        worker = self._start("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard",
                             "--local-directory", str(self._folder))
        self._processes.append(worker)
        return worker

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        log = (self._folder / f"{kind}-{len(list(self._folder.iterdir()))}.log").open("wb")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--host", "127.0.0.1",
                 "--scheduler-file", str(self._file), *options],
                stdout=log, stderr=log, cwd=self._folder,
                env=os.environ | {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "60s"})  # fmt: skip


@contextlib.contextmanager
def cluster(folder: pathlib.Path, workers: int) -> Iterator[Cluster]:
    """A cluster that is being started; a Client waits until it is there."""
    from waiting import wait_until

    folder.mkdir(exist_ok=True)
    made = Cluster(folder, workers)
    try:
        wait_until(made.is_ready, "the scheduler")
        yield made
    finally:
        made.stop()
