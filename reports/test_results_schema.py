"""The JUnit report in a strict XML parser, and the schema of results.json.

Needs Debian's python3-pytest and python3-jsonschema. ctest names the executable that turns
results.json into a report (report_sample). The page in a browser is tested in web/tests.
"""

import copy
import json
import os
import pathlib
import subprocess
import xml.etree.ElementTree

import jsonschema
import pytest

HERE = pathlib.Path(__file__).parent
SAMPLES = sorted((HERE / "samples").glob("*.json"))


def sample(name):
    return json.loads((HERE / "samples" / f"{name}.json").read_text())


def make(results, kind="html"):
    tool = os.environ.get("BADWIRE_REPORT_SAMPLE")
    assert tool, "set BADWIRE_REPORT_SAMPLE to the built report_sample"
    text = results if isinstance(results, str) else json.dumps(results)
    return subprocess.run([tool, kind], input=text.encode(), capture_output=True, timeout=60)


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_junit_is_xml_to_a_strict_parser(file):
    results = json.loads(file.read_text())
    root = xml.etree.ElementTree.fromstring(make(results, "junit").stdout)
    assert root.tag == "testsuites"
    assert len(root.findall("testsuite/testcase")) == len(results["runs"])
    assert int(root.get("failures")) == results["summary"]["fail"]
    assert int(root.get("errors")) == results["summary"]["error"]
    assert int(root.get("skipped")) == results["summary"]["inconclusive"]


def schema():
    return json.loads((HERE / "results.schema.json").read_text())


def test_the_schema_is_a_schema():
    jsonschema.Draft7Validator.check_schema(schema())


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_samples_follow_the_schema(file):
    jsonschema.validate(json.loads(file.read_text()), schema())


# Each changes one place of a good result; the schema and the reader must both refuse it.
BREAKS = {
    "no version": lambda r: r.pop("version"),
    "version 2": lambda r: r.update(version=2),
    "runs is an object": lambda r: r.update(runs={}),
    "negative summary": lambda r: r["summary"].update(fail=-1),
    "started is a number": lambda r: r.update(started=5),
    "no scenario": lambda r: r["runs"][0].pop("scenario"),
    "no network": lambda r: r["runs"][0].pop("network"),
    "seed is text": lambda r: r["runs"][0].update(seed="1"),
    "repeat is negative": lambda r: r["runs"][0].update(repeat=-1),
    "unknown verdict": lambda r: r["runs"][0].update(verdict="maybe"),
    "tags hold a number": lambda r: r["runs"][0].update(tags=[1]),
    "matrix is a list": lambda r: r["runs"][0].update(matrix=[]),
    "met is text": lambda r: r["runs"][0]["expectations"][0].update(met="yes"),
    "no what": lambda r: r["runs"][0]["expectations"][0].pop("what"),
    "stdout is null": lambda r: r["runs"][0]["processes"]["first"].update(stdout=None),
    "arguments is text": lambda r: r["runs"][0]["processes"]["first"].update(arguments="--help"),
    "dropped is a fraction": lambda r: r["runs"][0].update(links={"a": {"up": {"dropped": 0.5}}}),
    "lateness is text": lambda r: r["runs"][0].update(links={"a": {"lateness_ms": {"p50": "1"}}}),
    "waiting without client": lambda r: r["runs"][0]["waiting"][0].pop("client"),
    "a story without a headline": lambda r: r["runs"][0].update(story={"kind": "exit", "lines": []}),
    "a story of a number": lambda r: r["runs"][0].update(story=5),
    "a reason is a number": lambda r: r["runs"][0].update(story={"kind": "exit", "headline": "", "lines": [1]}),
    "a deadlock is a list": lambda r: r["runs"][0].update(deadlock=[]),
    "who waits is text": lambda r: r["runs"][0].update(deadlock={"waiting": "all"}),
    "a fault map is an object": lambda r: r["runs"][0].update(fault_map={}),
    "comparisons are an object": lambda r: r.update(comparisons={}),
    "waiting is text": lambda r: r["runs"][0]["waiting"][0].update(waiting_ms="long"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_the_reader_and_the_schema_refuse_the_same(name):
    results = copy.deepcopy(sample("waiting"))
    BREAKS[name](results)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(results, schema())
    for kind in ("html", "junit"):
        refused = make(results, kind)
        assert refused.returncode == 1
        assert b"cannot make a report from these results: " in refused.stderr
