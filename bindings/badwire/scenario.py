"""Scenarios, built piece by piece."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from badwire import _arguments


class Scenario(Mapping[str, Any]):
    """A scenario as its file would have it, built piece by piece; wherever a dict fits, it fits.

        scenario = (
            badwire.Scenario("A sum over a bad link", network="virtual")
            .link("wan", loss=0.05, delay="20ms")
            .process("server", "iterative-server")
            .process("client", "sum-client", args=["--count", "100"], to="server", over="wan")
            .expect(exit={"client": 0})
        )
        results = badwire.run(scenario)

    It knows no more of scenarios than this: keys are passed on as they are, and badwire.check() and
    badwire.run() name the mistakes. Every method changes the scenario, and returns it.

    Args:
        title: What it is about.
        keys: Other keys of the whole, as ``network="virtual"``, ``time_limit="20s"``, ``seed=7``.
    """

    def __init__(self, title: str | None = None, /, **keys: Any) -> None:
        self._content: dict[str, Any] = {}
        if title is not None:
            self._content["title"] = _arguments.text("title", title)
        self.set(**keys)

    def set(self, **keys: Any) -> Scenario:
        """Keys of the whole; those that are None are left out."""
        self._content.update(_given(keys))
        return self

    def process(
        self,
        name: str,
        program: str | None = None,
        args: Sequence[str] | None = None,
        *,
        command: Sequence[str] | None = None,
        to: str | None = None,
        over: str | Sequence[str] | None = None,
        **keys: Any,
    ) -> Scenario:
        """A process.

        Args:
            name: Its name.
            program: One of badwire.programs().
            args: The program's arguments.
            command: Anybody's program instead, as ``["python3", "client.py", "${to.port}"]``.
            to: The process that it goes to.
            over: The link, or the links, on the way there.
            keys: Others, as ``after="server"``, ``input=["hello"]``, ``stays=True``.
        """
        return self._add("processes", name, {
            "program": program, "args": None if args is None else _list("args", args),
            "command": None if command is None else _list("command", command),
            "to": to, "over": over, **keys})

    def link(self, name: str, link: Mapping[str, Any] | None = None, /, **keys: Any) -> Scenario:
        """A link, as ``.link("wan", loss=0.05, up={"delay": "5ms"})``."""
        return self._add("links", name, {**(link or {}), **keys})

    def file(self, name: str, content: Any = None, /, **keys: Any) -> Scenario:
        """A file for the processes: ``.file("a.txt", "text")``, ``.file("b.bin", random="16KiB")``."""
        if content is None:
            return self._add("files", name, keys)
        self._part("files", name)[name] = content
        return self

    def expect(self, *expectations: Mapping[str, Any], **one: Any) -> Scenario:
        """What is expected: dicts, or one as keywords, ``.expect(output="client", contains="5050")``."""
        self._content.setdefault("expect", []).extend(
            [dict(_arguments.mapping("expect", each)) for each in expectations]
            + ([_given(one)] if one else []))
        return self

    def matrix(self, **parameters: Sequence[Any]) -> Scenario:
        """Parameters with their values; ``"${matrix.loss}"`` stands for the value of ``loss``."""
        self._content.setdefault("matrix", {}).update(
            {name: _list(name, values) for name, values in parameters.items()})
        return self

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes it as a file for ``badwire run``. Raises OSError."""
        text = _arguments.json_text("scenario", self._content, indent=2) + "\n"
        pathlib.Path(_arguments.path("path", path)).write_text(text, encoding="utf-8")

    def _add(self, part: str, name: str, keys: Mapping[str, Any]) -> Scenario:
        self._part(part, name)[name] = _given(keys)
        return self

    def _part(self, part: str, name: str) -> dict[str, Any]:
        content: dict[str, Any] = self._content.setdefault(part, {})
        if _arguments.text("name", name) in content:
            raise ValueError(f"name: {name!r} is among the {part} already")
        return content

    def __getitem__(self, key: str) -> Any:
        return self._content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def __repr__(self) -> str:
        return f"badwire.Scenario({self._content!r})"


def _given(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if value is not None}


def _list(name: str, values: Any) -> list[Any]:
    if isinstance(values, (str, bytes, Mapping)):
        _arguments.expected(name, "a list", values, kind=TypeError)
    try:
        return list(values)
    except TypeError:
        _arguments.expected(name, "a list", values, kind=TypeError)
