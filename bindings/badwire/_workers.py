"""Pieces of work on an executor, whatever becomes of its workers."""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from typing import Any

from badwire import _arguments
from badwire._pieces import Outcome, Piece, lost_piece, run_piece

_TRIES = 3  # of a run that is lost again and again, the first one not counted
_Ended = Callable[[Piece, Outcome], None]


def executor_of(given: Any) -> Executor:
    """An executor as it is, and that of a Client of dask.distributed."""
    if isinstance(given, Executor):
        return given
    if hasattr(given, "get_executor"):
        made: Executor = given.get_executor(pure=False)
        return made
    _arguments.expected("executor", "an executor of concurrent.futures or a Client of dask.distributed",
                        given, kind=TypeError)


def run_pieces(pieces: Iterable[Piece], executor: Executor | None, ended: _Ended) -> None:
    """Runs all pieces and tells of each; in this process without an executor.

    A piece that is lost with its worker is run again, run by run and one at a time, so that what ends
    workers ends no other run. What is lost each time is told as an ``error``.

    Raises:
        ImportError: Workers have no badwire.
    """
    if executor is None:
        for piece in pieces:
            ended(piece, run_piece(piece))
        return
    waiting = collections.deque(pieces)
    with contextlib.ExitStack() as replacements:
        while waiting:
            lost, broken = _run_while_it_works(waiting, executor, ended)
            for piece in lost:
                for single in (one for job in piece for one in job.divided()):
                    ended((single,), _run_alone((single,), executor))
            if not broken:
                continue
            if not isinstance(executor, ProcessPoolExecutor):
                for piece in waiting:
                    ended(piece, lost_piece(piece, f"lost: {broken}"))
                return
            executor = replacements.enter_context(_like(executor))


def _run_while_it_works(
    waiting: collections.deque[Piece], executor: Executor, ended: _Ended
) -> tuple[list[Piece], str]:
    """Takes pieces from ``waiting`` until all are done or no more are taken.

    Returns those that were lost, and why no more are taken.
    """
    # A pool of processes breaks as a whole: so few are handed over that few are suspected.
    most = _workers(executor) + 1 if isinstance(executor, ProcessPoolExecutor) else len(waiting)
    running: dict[Future[Outcome], Piece] = {}
    lost: list[Piece] = []
    broken = ""
    try:
        while running or (waiting and not broken):
            while waiting and len(running) < most and not broken:
                try:
                    running[executor.submit(run_piece, waiting[0])] = waiting[0]
                    waiting.popleft()
                except Exception as error:  # noqa: BLE001: broken, shut down, out of reach
                    broken = _told(error)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                piece = running.pop(future)
                try:
                    outcome = future.result()
                except ImportError as error:
                    raise ImportError(f"executor: a worker cannot use badwire ({error}); install the "
                                      "same version wherever workers run") from error
                except Exception:  # noqa: BLE001: whatever it was, this worker has not done it
                    lost.append(piece)
                else:
                    ended(piece, outcome)
    finally:
        for future in running:
            future.cancel()
    return lost, broken


def _run_alone(piece: Piece, executor: Executor) -> Outcome:
    why = ""
    for _ in range(_TRIES):
        try:
            if isinstance(executor, ProcessPoolExecutor):
                with _like(executor, workers=1) as pool:
                    return pool.submit(run_piece, piece).result()
            return executor.submit(run_piece, piece).result()
        except Exception as error:  # noqa: BLE001
            why = _told(error)
    return lost_piece(piece, f"lost with its worker, {_TRIES + 1} times: {why}")


def _like(executor: Any, workers: int | None = None) -> ProcessPoolExecutor:
    """A pool of processes like a broken one."""
    return ProcessPoolExecutor(
        workers or _workers(executor), mp_context=getattr(executor, "_mp_context", None),
        initializer=getattr(executor, "_initializer", None),
        initargs=getattr(executor, "_initargs", ()))


def _workers(executor: Any) -> int:
    return int(getattr(executor, "_max_workers", 1))


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
