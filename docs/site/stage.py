"""Puts the site's sources together in a folder: the pages, with links as the site needs them, and the reference, made
from the program itself.

usage: stage.py BADWIRE FOLDER"""

from __future__ import annotations

import pathlib
import posixpath
import re
import shutil
import sys
import urllib.parse

import markdown
import reference

# Where a link leads on the site, of what in the repository is something else.
INSTEAD = {
    "README.md": "docs/index.md",
    "scenarios/scenario.schema.json": "docs/reference/scenario.md",
    "reports/results.schema.json": "docs/reference/results.md",
    "sim/control/openapi.json": "docs/reference/control.md",
}
ON_THE_SITE = {"CONTRIBUTING.md", "CHANGELOG.md"}
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]*)\)")


def place(name: str) -> str:
    """Of a file of the repository that is a page or a picture: its place on the site."""
    return name.removeprefix("docs/")


def on_the_site(page: str, text: str, target: str) -> str:
    """The link as the site needs it. The sources are not there: what leads to them becomes their name."""
    parts = urllib.parse.urlsplit(target)
    if parts.scheme or not parts.path:
        return f"[{text}]({target})"
    name = posixpath.normpath(posixpath.join(posixpath.dirname(page), parts.path))
    name = INSTEAD.get(name, name)
    if not name.startswith("docs/") and name not in ON_THE_SITE:
        return f"{text} (`{name}`)" if pathlib.PurePath(name).name not in text else text
    path = posixpath.relpath(place(name), posixpath.dirname(place(page)) or ".")
    return f"[{text}]({path}{'#' + parts.fragment if parts.fragment else ''})"


def staged(page: str, text: str) -> str:
    lines = text.split("\n")
    for number, line in markdown.prose(text):
        lines[number - 1] = LINK.sub(lambda link: on_the_site(page, link[1], link[2]), line)
    return "\n".join(lines)


def main(badwire: str, folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(markdown.ROOT / "docs", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "*.md"))
    shutil.copy(markdown.ROOT / "docs/site/conf.py", folder)
    for page in markdown.pages():
        name = page.relative_to(markdown.ROOT).as_posix()
        if name != "README.md":
            text = page.read_text(encoding="utf-8")
            (folder / place(name)).write_text(staged(name, text), encoding="utf-8")
    (folder / "reference").mkdir()
    for name, text in reference.pages(badwire).items():
        (folder / "reference" / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], pathlib.Path(sys.argv[2]))
