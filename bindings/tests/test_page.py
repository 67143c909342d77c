"""Every example of docs/python.md runs as it stands."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

import pytest

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "python.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_page_has_examples():
    assert len(EXAMPLES) >= 9


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs(number, tmp_path):
    ran = subprocess.run([sys.executable, "-c", EXAMPLES[number]], cwd=tmp_path, env=os.environ,
                         capture_output=True, text=True, timeout=100, check=False)  # fmt: skip
    assert ran.returncode == 0, f"{EXAMPLES[number]}\n{ran.stdout}\n{ran.stderr}"
    assert ran.stderr == ""
