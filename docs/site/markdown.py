"""What this folder's tools need to know of Markdown: the lines of a page that are prose, its headings and its links.

A page is read as GitHub and the site read it, but for what nobody here writes: links over several lines, reference
links, setext headings."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import unicodedata
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^ {0,3}(```+|~~~+)\s*([^\s`]*)")
HEADING = re.compile(r"^(#{1,6}) +(.*?)(?: +#+)?$")
CODE = re.compile(r"(`+)(?:.*?)\1")
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]*)\)")


def pages() -> list[pathlib.Path]:
    """Every page that people read, by its file."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return top + sorted((ROOT / "docs").rglob("*.md"))


@dataclasses.dataclass
class Fence:
    """A fenced block of code. `line` is that of its opening fence, counted from 1."""

    line: int
    language: str
    text: str


def fences(text: str) -> list[Fence]:
    found: list[Fence] = []
    closing = ""
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if closing:
            if fence and fence[1].startswith(closing) and not fence[2]:
                closing = ""
            else:
                found[-1].text += line + "\n"
        elif fence:
            closing = fence[1]
            found.append(Fence(number, fence[2], ""))
    return found


def prose(text: str) -> Iterator[tuple[int, str]]:
    """The lines outside of fenced blocks, with their numbers from 1."""
    inside = {number for one in fences(text) for number in range(one.line, one.line + one.text.count("\n") + 2)}
    for number, line in enumerate(text.splitlines(), 1):
        if number not in inside:
            yield number, line


@dataclasses.dataclass
class Link:
    line: int
    text: str
    target: str
    is_picture: bool


def links(text: str) -> Iterator[Link]:
    for number, line in prose(text):
        for found in LINK.finditer(CODE.sub(lambda code: "x" * len(code[0]), line)):
            begin, end = found.span(2)
            yield Link(number, line[begin:end], found[3], bool(found[1]))


def anchor(heading: str) -> str:
    """The anchor that GitHub gives to a heading: words in small letters, joined by hyphens."""
    shown = LINK.sub(r"\2", heading)
    kept = (c for c in shown.lower() if c in " -_" or unicodedata.category(c)[0] in "LN")
    return "".join(kept).replace(" ", "-")


def anchors(text: str) -> set[str]:
    found: set[str] = set()
    for _, line in prose(text):
        heading = HEADING.match(line)
        if not heading:
            continue
        name, again = anchor(heading[2]), 0
        while (unique := f"{name}-{again}" if again else name) in found:
            again += 1
        found.add(unique)
    return found
