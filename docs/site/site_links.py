"""Checks the built site: every link leads to a file and an anchor that are there, and no page needs the network.

usage: site_links.py FOLDER"""

from __future__ import annotations

import html.parser
import pathlib
import re
import sys
import urllib.parse

FETCHED = {"script": "src", "img": "src", "source": "src", "iframe": "src", "link": "href"}
FROM_ELSEWHERE = re.compile(r"""(?:url\(|@import)\s*['"]?((?:https?:)?//[^'")\s]+)""")


class Page(html.parser.HTMLParser):
    """The anchors of a page, its links, and what a browser fetches with it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {given[key] or "" for key in ("id", "name") if key in given}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")
        elif tag in FETCHED and given.get(FETCHED[tag]):
            self.fetched.append(given[FETCHED[tag]] or "")


def is_elsewhere(target: str) -> bool:
    parts = urllib.parse.urlsplit(target)
    return bool(parts.netloc or parts.scheme not in ("", "data"))


def mistakes(folder: pathlib.Path) -> list[str]:
    read = {file: Page(file.read_text(encoding="utf-8")) for file in sorted(folder.rglob("*.html"))}
    found = []
    for file, page in read.items():
        name = file.relative_to(folder)
        found += [f"{name} fetches {one}" for one in page.fetched if is_elsewhere(one)]
        for target in {*page.links, *page.fetched}:
            parts = urllib.parse.urlsplit(target)
            if is_elsewhere(target) or parts.scheme == "data":
                continue
            there = (file.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else file
            anchor = urllib.parse.unquote(parts.fragment)
            if not there.is_file():
                found.append(f"{name} links to {target}: no such file")
            elif anchor and there in read and anchor not in read[there].anchors:
                found.append(f"{name} links to {target}: no such anchor")
    for file in sorted(folder.rglob("*.js")):
        if re.search(r"^import\b", file.read_text(encoding="utf-8"), re.MULTILINE):
            found.append(f"{file.relative_to(folder)} is a module, which a page that is a file cannot load")
    for file in sorted(folder.rglob("*.css")):
        found += [f"{file.relative_to(folder)} fetches {one}" for one in FROM_ELSEWHERE.findall(file.read_text())]
    return found


def main(folder: pathlib.Path) -> int:
    if not (folder / "index.html").is_file():
        print(f"{folder} is no site: it has no index.html", file=sys.stderr)
        return 1
    found = mistakes(folder.resolve())
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1])))
