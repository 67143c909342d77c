"""Arguments of the package's functions: of which types, in which ranges; and JSON made of them."""

from __future__ import annotations

import json
import math
import operator
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

SEED_MOST = 2**64 - 1
CENTURY_S = 3.2e9


def expected(name: str, what: str, found: object, *, kind: type[Exception] = ValueError) -> NoReturn:
    """Raises ``kind``: ``seed: expected a whole number from 1 to 9, found '1' (str)``."""
    told = repr(found)
    told = told if len(told) <= 80 else told[:77] + "…"
    of_type = f" ({type(found).__name__})" if kind is TypeError else ""
    raise kind(f"{name}: expected {what}, found {told}{of_type}")


def whole(name: str, value: Any, least: int, most: int) -> int:
    """A whole number, of Python or of numpy; True and 1.0 are none."""
    what = f"a whole number from {least} to {'2**64 - 1' if most == SEED_MOST else most}"
    if type(value).__name__ in ("bool", "bool_"):
        expected(name, what, value, kind=TypeError)
    try:
        number = operator.index(value)
    except TypeError:
        expected(name, what, value, kind=TypeError)
    if not least <= number <= most:
        expected(name, what, value)
    return number


def number(name: str, value: Any, least: float, most: float = math.inf, *, unit: str = "") -> float:
    """A finite number from ``least`` to ``most``."""
    what = f"a number of {unit}" if unit else "a number"
    what += f" from {least:g}" + (f" to {most:g}" if most < math.inf else "")
    if isinstance(value, (bool, str, bytes)):
        expected(name, what, value, kind=TypeError)
    try:
        found = float(value)
    except (TypeError, ValueError):
        expected(name, what, value, kind=TypeError)
    if not (math.isfinite(found) and least <= found <= most):
        expected(name, what, value)
    return found


def seed(value: Any, name: str = "seed") -> int:
    """A seed, 0 to 2**64 - 1."""
    return whole(name, value, 0, SEED_MOST)


def jobs(value: Any) -> int:
    """How many runs at a time."""
    return whole("jobs", value, 1, 1024)


def flag(name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        expected(name, "True or False", value, kind=TypeError)
    return value


def text(name: str, value: Any) -> str:
    """A str."""
    if not isinstance(value, str):
        expected(name, "a text", value, kind=TypeError)
    return value


def one_of(name: str, value: Any, choices: Sequence[str]) -> str:
    """One of these words."""
    what = ", ".join(f'"{choice}"' for choice in choices[:-1]) + f' or "{choices[-1]}"'
    if not isinstance(value, str):
        expected(name, what, value, kind=TypeError)
    if value not in choices:
        expected(name, what, value)
    return value


def path(name: str, value: Any) -> str:
    """A path, a str or os.PathLike; never empty."""
    if not isinstance(value, (str, os.PathLike)):
        expected(name, "a path", value, kind=TypeError)
    found = os.fspath(value)
    if not isinstance(found, str):
        expected(name, "a path", value, kind=TypeError)
    if not found:
        expected(name, "a path", value)
    return found


def buffer(name: str, value: Any) -> bytes:
    """bytes, bytearray or memoryview."""
    if not isinstance(value, (bytes, bytearray, memoryview)):
        expected(name, "bytes", value, kind=TypeError)
    return bytes(value)


def mapping(name: str, value: Any) -> Mapping[str, Any]:
    """A dict or another mapping."""
    if not isinstance(value, Mapping):
        expected(name, "a dict", value, kind=TypeError)
    return value


def json_text(name: str, value: Any, *, indent: int | None = None) -> str:
    """The JSON of ``value``; numbers of numpy are numbers, tuples are lists.

    Raises:
        TypeError, ValueError: What JSON does not have; says where it is, as a JSON pointer.
    """
    try:
        return json.dumps(_plain(value), allow_nan=False, indent=indent, default=_of_numpy)
    except (TypeError, ValueError, RecursionError):
        _refuse(name, value, "", set())
        raise


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _of_numpy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")


def _refuse(name: str, value: Any, pointer: str, above: set[int]) -> None:
    """Raises where the first part of ``value`` is that JSON does not have."""
    where = f"{name}: {pointer}" if pointer else name
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, (bool, str, int)):
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            expected(where, "a finite number", value)
        return
    if isinstance(value, (Mapping, list, tuple)):
        if id(value) in above:
            raise ValueError(f"{where}: expected what JSON can hold, found a part that holds itself")
        for key, part in _parts(where, value):
            step = str(key).replace("~", "~0").replace("/", "~1")
            _refuse(name, part, f"{pointer}/{step}", above | {id(value)})
        return
    expected(where, "a dict, list, text, number, True, False or None", value, kind=TypeError)


def _parts(where: str, value: Any) -> Iterable[tuple[Any, Any]]:
    if not isinstance(value, Mapping):
        return enumerate(value)
    for key in value:
        if not isinstance(key, str):
            expected(where, "keys that are texts", key, kind=TypeError)
    return value.items()
