"""Checks every link of the pages as they stand in the repository: files, folders and anchors must be there, addresses
must be well-formed. Nothing is fetched."""

from __future__ import annotations

import sys
import urllib.parse

import markdown

GENERATED = markdown.ROOT / "docs" / "reference"  # pages that exist on the site alone


def wrong_with(page, target: str) -> str:
    """What is wrong with the link, or nothing."""
    parts = urllib.parse.urlsplit(target)
    if parts.scheme or parts.netloc:
        if parts.scheme not in ("http", "https", "mailto") or (parts.scheme != "mailto" and not parts.hostname):
            return "no such address can exist"
        return ""
    file = (page.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else page
    if not file.is_relative_to(markdown.ROOT):
        return "it leads out of the project"
    if file.parent == GENERATED:
        return "a page of the reference exists on the site alone: name its source, or link from docs/index.md"
    if not file.exists():
        return "there is no such file"
    if parts.fragment and file.suffix == ".md":
        there = markdown.anchors(file.read_text(encoding="utf-8"))
        if parts.fragment not in there:
            return f"there is no such heading; there is {', '.join(sorted(there))}"
    return ""


def main() -> int:
    mistakes = checked = 0
    for page in markdown.pages():
        for link in markdown.links(page.read_text(encoding="utf-8")):
            checked += 1
            if wrong := wrong_with(page, link.target):
                mistakes += 1
                name = page.relative_to(markdown.ROOT)
                print(f"{name}:{link.line}: [{link.text}]({link.target}): {wrong}", file=sys.stderr)
    print(f"{checked} links of {len(markdown.pages())} pages: {mistakes or 'none'} wrong")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
