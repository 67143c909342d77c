"""The package's types, as mypy --strict sees them, and as those who use it do; Debian's mypy."""

from __future__ import annotations

import importlib.util
import inspect
import pathlib
import subprocess
import sys
import textwrap

import pytest

import badwire
from badwire import _badwire

SOURCE = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """What mypy knows of pandas and others, which takes it most of its time."""
    return tmp_path_factory.mktemp("mypy")


def mypy(*words, cache):
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed: ci/install python")
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", SOURCE / "pyproject.toml",
         "--cache-dir", cache, *words],
        cwd=SOURCE / "bindings", capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_package_is_clean(cache):
    checked = mypy("--strict", "badwire", cache=cache)
    assert checked.returncode == 0, checked.stdout


def test_those_who_use_it_are_told_their_mistakes(tmp_path, cache):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent("""\
        import badwire
        results = badwire.run("a.json", seed=1)
        shares: list[float] = [run.elapsed_ms for run in results]
        badwire.run("a.json", seed="1")
        first: str = badwire.search("a.json").kinds[0].seed
    """))
    checked = mypy("--strict", script, cache=cache)
    places = [int(line.split(":")[1]) for line in checked.stdout.splitlines() if ": error:" in line]
    assert places == [4, 5], checked.stdout


def test_the_stub_has_what_the_module_has():
    stub = (SOURCE / "bindings" / "badwire" / "_badwire.pyi").read_text()
    for name, value in vars(_badwire).items():
        if name.startswith("__"):
            continue
        assert f"\ndef {name}(" in stub or f"\nclass {name}:" in stub or f"\n{name}: " in stub, name
        for method in vars(value) if inspect.isclass(value) else ():
            assert method.startswith("_") or f"def {method}(" in stub, f"{name}.{method}"


def test_everything_public_is_described():
    for name in badwire.__all__:
        value = getattr(badwire, name)
        if name.startswith("__"):
            continue
        assert inspect.getdoc(value), name
        for method, function in vars(value).items() if inspect.isclass(value) else ():
            if not method.startswith("_") and callable(function):
                assert inspect.getdoc(function), f"{name}.{method}"
