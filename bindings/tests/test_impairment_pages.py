"""The pages in docs/impairments: one for each key, with a picture and examples of it."""

import json
import pathlib
import re

import pytest

import badwire

PAGES = pathlib.Path(__file__).parents[2] / "docs" / "impairments"
SCHEMA = badwire.schema()
KEYS = sorted(SCHEMA["definitions"]["direction"]["properties"])


def examples(page):
    for block in re.findall(r"```json\n(.*?)```", page.read_text(), re.DOTALL):
        if block.startswith("{\n"):
            yield json.loads(block)
        else:
            yield from map(json.loads, block.splitlines())


@pytest.mark.parametrize("key", KEYS)
def test_every_impairment_has_a_page_with_a_picture_and_examples(key):
    page = PAGES / f"{key}.md"
    assert f"({key}.svg)" in page.read_text()
    assert (PAGES / f"{key}.svg").read_text().startswith("<?xml")
    links = [link for example in examples(page) for link in example.get("links", {"wan": example}).values()]
    assert any(key in {**link, **link.get("up", {}), **link.get("down", {})} for link in links)
