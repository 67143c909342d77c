"""An example that does not do what its page says is told; one that does is not."""

import os
import pathlib
import textwrap

import pytest

import examples

BUILD = pathlib.Path(os.environ["PYTHONPATH"].split(":")[0]).parent
SCENARIO = '{"processes": {"a": {"program": "datagram-receiver"}}}'


def wrong(page: str) -> list[str]:
    return examples.mistakes(BUILD, textwrap.dedent(page))


@pytest.mark.parametrize("page", [
    "```console\n$ printf 'a\\nb\\nc\\n'\na\n…\nc\n```\n",
    "```console\n$ echo took 0.12 s\ntook … s\n$ echo nothing of this is shown\n```\n",
    "```console\n$ echo one \\\n    two\none two\n```\n",
    "<!-- exits: 3 -->\n```console\n$ exit 3\n```\n",
    "<!-- file: a/b.txt -->\n```text\nhello\n```\n```console\n$ cat a/b.txt\nhello\n```\n",
    "<!-- setup: echo hello > c.txt -->\n```sh\ngrep -q hello c.txt\n```\n",
    "<!-- ports: 4000 -->\n```console\n$ echo listening on 4000; sleep 100 &\nlistening on 4000\n$ echo 4000 14000\n4000 14000\n```\n",
    "```python\na = 1\n```\n<!-- goes on -->\n```python\nassert a == 1\n```\n",
    f"```json\n{SCENARIO}\n```\n",
    '<!-- within: {"processes": {"a": {"program": "datagram-receiver"}}, "links": {"w": HERE}} -->\n'
    '```json\n{"loss": 0.1}\n{"delay": "1ms"}\n```\n',
    "<!-- part of: docs/site/examples.py -->\n```python\nclass Wrong(Exception):\n# …\n    text: str\n```\n",
    "<!-- not run: it is yours -->\n```console\n$ false\n```\n",
    "```text\nanything\n```\n```{toctree}\n```\n",
])  # fmt: skip
def test_an_example_that_does_what_the_page_says_is_good(page):
    assert wrong(page) == []


@pytest.mark.parametrize("page, why", [
    ("```console\n$ echo a\nb\n```\n", "it printed\na"),
    ("```console\n$ printf 'a\\nb\\n'\na\n```\n", "it printed\na\nb"),
    ("```console\n$ false\n```\n", "exit code 1 instead of 0"),
    ("```console\nfalse\n```\n", "begins with a command"),
    ("```console\n$ echo begun &\nready\n```\n", "it printed\nbegun"),
    ("```sh\nfalse\ntrue\n```\n", "exit code 1"),
    ("```python\nimport sys; print('x', file=sys.stderr)\n```\n", "standard error:\nx"),
    ("```python\nassert False\n```\n", "AssertionError"),
    ("```json\n{\n```\n", "no JSON"),
    ('```json\n{"loss": 0.1}\n```\n', "neither a scenario"),
    ("```json\n" + SCENARIO.replace("program", "progam") + "\n```\n", 'did you mean "program"'),
    ('<!-- within: {"processes": {"a": {"program": "datagram-receiver"}}, "links": {"w": HERE}} -->\n'
     '```json\n{"los": 0.1}\n```\n', 'did you mean "loss"'),
    ("<!-- part of: docs/site/examples.py -->\n```cpp\nclass Right(Exception):\n```\n", "do not stand in"),
    ("<!-- part of: docs/site/nowhere.py -->\n```cpp\n```\n", "there is no"),
    ("<!-- not run -->\n```console\n$ false\n```\n", "without a reason"),
    ("```cpp\nint a;\n```\n", 'a block of "cpp"'),
    ("```\n$ true\n```\n", "a block without a language"),
    ("<!-- exits: 1 -->\nno block\n", "no block follows"),
])  # fmt: skip
def test_an_example_that_does_not_is_told_with_its_place(page, why):
    found = wrong(page)
    assert len(found) == 1 and why in found[0] and "line" in found[0]


def test_what_goes_on_is_ended_with_the_page(tmp_path):
    assert wrong(f"```console\n$ echo $$ > {tmp_path}/pid; exec sleep 1000 &\n$ until [ -s {tmp_path}/pid ]; do sleep 0.1; done\n```\n") == []
    assert not pathlib.Path(f"/proc/{int((tmp_path / 'pid').read_text())}").exists()
