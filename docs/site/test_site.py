"""What checks the pages finds what it is there to find."""

import pathlib

import pytest

import links
import markdown
import schema_pages
import site_links
import stage

PAGE = markdown.ROOT / "docs" / "start.md"


def test_headings_have_the_anchors_that_github_gives_them():
    text = "# A `code`, and [a link](x.md)!\n## Again\n## Again\n```\n# no heading\n```\n## How to add …\n"
    assert markdown.anchors(text) == {"a-code-and-a-link", "again", "again-1", "how-to-add-"}


def test_links_in_code_are_no_links():
    text = "`[a](b)` [c](d) ![e](f)\n```cpp\n[g](h)\n```\n"
    assert [(one.target, one.is_picture) for one in markdown.links(text)] == [("d", False), ("f", True)]


@pytest.mark.parametrize("target, wrong", [
    ("guests.md", ""),
    ("guests.md#what-does-not", ""),
    ("#a-scenario", ""),
    ("https://example.org/x", ""),
    ("../scenarios/yours", ""),
    ("gusts.md", "no such file"),
    ("guests.md#what-dos-not", "no such heading"),
    ("#nowhere", "no such heading"),
    ("https:///x", "no such address"),
    ("htps://example.org", "no such address"),
    ("../../elsewhere.md", "out of the project"),
])  # fmt: skip
def test_a_link_that_leads_nowhere_is_told(target, wrong):
    found = links.wrong_with(PAGE, target)
    assert wrong in found if wrong else not found


def test_on_the_site_links_lead_to_pages_and_sources_are_named():
    text = "[a](docs/guests.md#x) [b](scenarios/scenario.schema.json) [the seam](impl/net/network.hpp) [c](CONTRIBUTING.md)"
    assert stage.staged("CHANGELOG.md", text) == (
        "[a](guests.md#x) [b](reference/scenario.md) the seam (`impl/net/network.hpp`) [c](CONTRIBUTING.md)"
    )
    assert stage.staged("docs/impairments/loss.md", "[home](../../README.md)") == "[home](../index.md)"


@pytest.mark.parametrize("body, wrong", [
    ('<a href="b.html#there">x</a><img src="data:image/png;base64,">', ""),
    ('<a href="https://example.org">x</a>', ""),
    ('<a href="c.html">x</a>', "no such file"),
    ('<a href="b.html#nowhere">x</a>', "no such anchor"),
    ('<script src="https://example.org/x.js"></script>', "fetches"),
    ('<link rel="stylesheet" href="//example.org/x.css">', "fetches"),
])  # fmt: skip
def test_a_page_that_needs_the_network_or_leads_nowhere_is_told(tmp_path: pathlib.Path, body, wrong):
    (tmp_path / "index.html").write_text(body)
    (tmp_path / "b.html").write_text('<p id="there">')
    found = site_links.mistakes(tmp_path)
    assert (len(found) == 1 and wrong in found[0]) if wrong else not found


def test_a_style_that_needs_the_network_is_told(tmp_path: pathlib.Path):
    (tmp_path / "x.css").write_text("@font-face {src: url('https://example.org/font.woff')}")
    assert len(site_links.mistakes(tmp_path)) == 1


def test_a_script_that_no_browser_runs_is_told(tmp_path: pathlib.Path):
    (tmp_path / "x.js").write_text('import a from "./a.js";\n')
    assert len(site_links.mistakes(tmp_path)) == 1


def test_every_key_of_a_schema_is_a_row_also_inside_of_lists_and_alternatives():
    key = {"type": "integer", "minimum": 1, "default": 1, "examples": [2], "description": "How many|much."}
    schema = {"properties": {"a": {"anyOf": [{"type": "string"}, {"properties": {"b": key}}]},
                             "c": {"type": "array", "items": {"required": ["d"], "properties": {"d": {"$ref": "#/definitions/E"}}}}},
              "definitions": {"E": {"enum": ["x", "y"]}}}  # fmt: skip
    page = schema_pages.page("Title", "First.", schema)
    assert "| `a.b` | whole number from 1 | How many\\|much. Default: `1`. For example `2`. |" in page
    assert "| `c[].d` (required) | [E](#e) |" in page
    assert '## E\n' in page and '`"x"`, `"y"`' in page
