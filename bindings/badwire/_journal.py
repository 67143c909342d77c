"""The file of a sweep: rows that are written as runs end, and found again when it is resumed."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import importlib.util
import json
import os
import pathlib
from collections.abc import Iterable, Iterator
from typing import IO, Any

from badwire._frames import frame_of
from badwire._pieces import Row

SUFFIXES = (".csv", ".jsonl", ".parquet")
_TEXTS = ("network", "verdict", "message", "vacuous", "sweep")


class Journal:
    """A table ``out``, and beside it ``out.journal`` while the sweep goes on: a line of JSON for each run.

    A line counts once its newline is there, so nothing but the last runs is lost, however the sweep
    ends. Then the table is written as a whole, and the journal is removed.
    """

    def __init__(self, out: str, sweep: str) -> None:
        """``sweep`` tells this sweep from others.

        Raises:
            ImportError: Parquet needs a package that is not installed.
            OSError: It cannot be written.
            ValueError: Another kind of file, rows of another sweep, or another process writes it.
        """
        self._file = pathlib.Path(out)
        if self._file.suffix not in SUFFIXES:
            raise ValueError(f"out: expected a name that ends with {', '.join(SUFFIXES[:-1])} or "
                             f"{SUFFIXES[-1]}, found {out!r}")
        if self._file.suffix == ".parquet":
            _require_parquet()
        self._sweep = sweep
        self._journal_file = self._file.with_name(self._file.name + ".journal")
        self._journal = self._journal_file.open("a+b")
        try:
            self._lock()
            self.rows = self._found()
        except BaseException:
            self.close()
            raise

    def add(self, rows: Iterable[Row]) -> None:
        """Writes rows of runs that have ended."""
        lines = "".join(json.dumps(row | {"sweep": self._sweep}) + "\n" for row in rows)
        self._journal.write(lines.encode())
        self._journal.flush()

    def finish(self, rows: list[Row]) -> None:
        """Writes the table: all rows, in order."""
        os.fsync(self._journal.fileno())
        new = self._file.with_name(self._file.name + ".new")
        _write(new, self._file.suffix, [row | {"sweep": self._sweep} for row in rows])
        os.replace(new, self._file)
        self._journal_file.unlink()

    def close(self) -> None:
        self._journal.close()
        with contextlib.suppress(OSError):
            if self._journal_file.stat().st_size == 0:
                self._journal_file.unlink()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"out: another sweep is writing {self._file}") from None

    def _found(self) -> list[Row]:
        rows = _read(self._file) if self._file.exists() else []
        self._journal.seek(0)
        text = self._journal.read()
        whole = text.rfind(b"\n") + 1
        self._journal.truncate(whole)  # a line that was torn
        try:
            rows += [json.loads(line) for line in text[:whole].splitlines()]
            strangers = any(row["sweep"] != self._sweep for row in rows)
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"out: {self._file} is no file of a sweep; name another one") from None
        if strangers:
            raise ValueError(
                f"out: {self._file} is of another sweep: since then the scenario, a file that it names, the "
                "grid, the seed, the network or badwire has changed; name another file, or remove this one")
        for row in rows:
            del row["sweep"]
        return rows


def _require_parquet() -> None:
    if not any(importlib.util.find_spec(name) for name in ("pyarrow", "fastparquet")):
        raise ImportError("out: a .parquet file needs pyarrow, which Debian 12 does not have: pip install "
                          "pyarrow; .csv and .jsonl need nothing")


def _columns(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _write(file: pathlib.Path, suffix: str, rows: list[Row]) -> None:
    if suffix == ".parquet":
        frame_of(rows, []).to_parquet(file)
        return
    with _synced(file) as stream:
        if suffix == ".jsonl":
            stream.writelines(json.dumps(row) + "\n" for row in rows)
            return
        table = csv.DictWriter(stream, _columns(rows), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


@contextlib.contextmanager
def _synced(file: pathlib.Path) -> Iterator[IO[str]]:
    with file.open("w", encoding="utf-8", newline="") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def _read(file: pathlib.Path) -> list[Row]:
    try:
        if file.suffix == ".parquet":
            import pandas

            return [{name: value for name, value in row.items() if value is not None and value == value}
                    for row in pandas.read_parquet(file).to_dict("records")]
        with file.open(encoding="utf-8", newline="") as stream:
            if file.suffix == ".jsonl":
                return [json.loads(line) for line in stream]
            return [_of_texts(row) for row in csv.DictReader(stream)]
    except (ValueError, csv.Error) as error:
        raise ValueError(f"out: {file} is no file of a sweep ({error}); name another one") from None


def _of_texts(row: dict[str, Any]) -> Row:
    """A row of a CSV file: empty fields are not there, and all but some are numbers or were texts."""
    made: Row = {}
    for name, text in row.items():
        if name in _TEXTS:
            made[name] = text
        elif text:
            made[name] = _number_or_text(text)
    return made


def _number_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {"True": True, "False": False}.get(text, text)
