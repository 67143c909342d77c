"""The wheel, built as pip builds it with no package index in reach, and used in a fresh venv."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import textwrap

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]

# An environment without the build tree, and without a badwire on PATH.
ENVIRONMENT = {
    key: value
    for key, value in os.environ.items()
    if key not in ("PYTHONPATH", "BADWIRE") and not key.startswith("PIP_")
} | {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def call(*command: str | os.PathLike[str], folder: pathlib.Path) -> str:
    made = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, f"{command}:\n{made.stdout}\n{made.stderr}"
    return made.stdout


def pip(python: pathlib.Path, *words: str | os.PathLike[str]) -> str:
    """The system's pip, working on the venv; to install a pip in the venv would take seconds."""
    return call(sys.executable, "-m", "pip", "--python", python, *words, folder=python.parent)


def empty_venv(folder: pathlib.Path, *options: str) -> pathlib.Path:
    call(sys.executable, "-m", "venv", "--without-pip", *options, folder / "venv", folder=folder)
    return folder / "venv" / "bin" / "python"


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> pathlib.Path:
    """The interpreter of a venv that badwire is installed in."""
    python = empty_venv(tmp_path_factory.mktemp("installed"))
    pip(python, "install", SOURCE)
    return python


def test_the_installed_package_runs_scenarios_on_every_network(python, tmp_path):
    script = """
        import pathlib, sys, badwire
        assert pathlib.Path(badwire.__file__).is_relative_to(sys.prefix), badwire.__file__
        scenario = {
            "links": {"wan": {"delay": "1ms"}},
            "processes": {
                "server": {"program": "iterative-server", "args": ["--work", "1ms"]},
                "client": {"program": "sum-client", "args": ["--count", "100"], "to": "server",
                           "over": "wan"},
            },
            "expect": [{"exit": {"client": 0}}, {"output": "client", "contains": "5050"}],
        }
        for network in ("direct", "relay", "virtual"):
            results = badwire.run(scenario, network=network)
            assert results.passed, results
            print(network, results.verdict)
    """

    shown = call(python, "-c", textwrap.dedent(script), folder=tmp_path)

    assert shown.split() == ["direct", "pass", "relay", "pass", "virtual", "pass"]


def test_the_installed_command_runs_the_scenarios_that_come_with_it(python, tmp_path):
    badwire = python.parent / "badwire"
    scenarios = python.parent.parent / "share" / "badwire" / "scenarios"

    assert call(badwire, "--version", folder=tmp_path).strip()
    call(badwire, "run", scenarios / "demo", scenarios / "yours", folder=tmp_path)
    call(badwire, "init", "mine", folder=tmp_path)
    assert "pass" in call(badwire, "run", "mine", folder=tmp_path)


def test_the_installed_package_is_whole(python, tmp_path):
    shown = pip(python, "show", "-f", "badwire")
    for name in ("badwire/py.typed", "badwire/_badwire.pyi", "badwire/bin/badwire", "bin/badwire",
                 "LICENSE", "share/badwire/scenarios/scenario.schema.json",
                 "share/badwire/examples/arq_modes.py", "share/man/man1/badwire-run.1",
                 "share/bash-completion/completions/badwire", "License: BSL-1.0", "Summary: Put any socket program"):  # fmt: skip
        assert name in shown
    pip(python, "check")
    assert call(python, "-m", "badwire", "--version", folder=tmp_path).strip()


def test_with_the_systems_packages_pytest_and_the_examples_work_at_once(python, tmp_path):
    """After the fixture, so that nothing is compiled again."""
    python = empty_venv(tmp_path, "--system-site-packages")
    pip(python, "install", SOURCE)
    assert call(python.parent / "badwire", "--version", folder=tmp_path).strip()

    tests = tmp_path / "tests"
    tests.mkdir()
    shutil.copy(SOURCE / "scenarios" / "demo" / "lossy_ftp.json", tests)
    (tests / "test_relay.py").write_text(
        'def test_relay(badwire_relay):\n    assert badwire_relay(to=("127.0.0.1", 9)).port\n')
    shown = call(python, "-m", "pytest", "-p", "no:cacheprovider", "-v", "--badwire-network", "virtual",
                 "--badwire-seeds", "3", tests, folder=tmp_path)
    assert "lossy_ftp.json::virtual-seed3 PASSED" in shown and "4 passed" in shown

    pytest.importorskip("matplotlib", reason="ci/install sweep")
    examples = python.parent.parent / "share" / "badwire" / "examples"
    call(python, examples / "classic_or_framed.py", "--small", folder=tmp_path)
    assert (tmp_path / "classic_or_framed.png").read_bytes().startswith(b"\x89PNG")


def test_an_editable_installation_uses_the_source_tree(python, tmp_path):
    """After the fixture: what is compiled for it is compiled once."""
    package = SOURCE / "bindings" / "badwire"
    editable = empty_venv(tmp_path)
    try:
        pip(editable, "install", "--editable", SOURCE)
        shown = call(editable, "-c", "import badwire; print(badwire.__file__)", folder=tmp_path)
        assert pathlib.Path(shown.strip()) == package / "__init__.py"
        assert call(editable.parent / "badwire", "--version", folder=tmp_path).strip()
    finally:
        shutil.rmtree(package / "bin", ignore_errors=True)
        for made in package.glob("_badwire*.so"):
            made.unlink()


def test_the_source_archive_holds_what_a_build_needs(tmp_path):
    script = f"import build_backend; print(build_backend.build_sdist({str(tmp_path)!r}))"
    made = subprocess.run(
        [sys.executable, "-B", "-c", script],
        cwd=SOURCE, env=ENVIRONMENT | {"PYTHONPATH": str(SOURCE / "bindings")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    with tarfile.open(tmp_path / made.stdout.splitlines()[-1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"PKG-INFO", "pyproject.toml", "setup.py", "CMakeLists.txt", "bindings/build_backend.py"} <= names
    assert {"harness/run/runner.cpp", "scenarios/scenario.schema.json"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith("build/")]
