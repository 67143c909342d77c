"""What the reference is made of knows all there is."""

import json
import os
import pathlib
import re
import subprocess

import markdown

BADWIRE = pathlib.Path(os.environ["PYTHONPATH"].split(":")[0]).parent / "badwire"
COUNTED = re.compile(r'(?:metrics\(\)|metrics_?)\.(?:add|set)\(\s*"(\w+)"')


def test_every_metric_that_a_program_counts_is_explained_and_no_other():
    sources = [path for folder in ("apps", "talk") for path in (markdown.ROOT / "impl" / folder).rglob("*.cpp")
               if not path.stem.endswith(("_test", "_bench", "_fuzz"))]  # fmt: skip
    counted = {name for path in sources for name in COUNTED.findall(path.read_text(encoding="utf-8"))}
    listed = subprocess.run([BADWIRE, "list", "metrics"], capture_output=True, text=True, check=True).stdout
    names = [line.split()[0] for line in listed.splitlines()]
    assert len(counted) > 30
    assert set(names) == counted and names == sorted(names)


def keys(schema, at=""):
    if isinstance(schema, dict):
        for name, about in schema.get("properties", {}).items():
            yield f"{at}/{name}", about
        for name, part in schema.items():
            yield from keys(part, f"{at}/{name}")
    elif isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from keys(part, f"{at}/{number}")


def test_every_key_of_results_is_described():
    schema = json.loads((markdown.ROOT / "reports/results.schema.json").read_text(encoding="utf-8"))

    def is_described(about):
        if "description" in about:
            return True
        name = about.get("$ref", "").rpartition("/")[2]
        return bool(name) and "description" in schema["definitions"][name]

    assert [pointer for pointer, about in keys(schema) if not is_described(about)] == []
