"""The manual pages: one for each command, made of what the command line takes, and good in the eyes of those who read
them."""

import shutil
import subprocess

import pytest

from conftest import BADWIRE


def run(*words, **more):
    return subprocess.run(words, text=True, capture_output=True, check=False, timeout=60, **more)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("man") / "man1"
    assert run(BADWIRE, "man", str(folder)).returncode == 0
    return {path.stem: path for path in folder.iterdir()}


def helped(*words):
    return run(BADWIRE, *words, "--help").stdout


def shown(page):
    """As plain text."""
    return run("mandoc", "-Tutf8", "-O", "width=200", str(page)).stdout.replace("\b", "")


def test_there_is_a_page_for_each_command(pages):
    commands = {line.split()[0] for line in helped().split("Subcommands:\n")[1].splitlines()}
    assert set(pages) == {"badwire"} | {f"badwire-{name}" for name in commands}


def test_a_page_has_every_option_that_help_has(pages):
    for name, page in pages.items():
        words = name.split("-")[1:]
        options = {word for word in helped(*words).replace("=", " ").replace(",", " ").split() if word.startswith("--")}
        text = page.read_text().replace("\\-", "-")
        assert options - {word for word in options if word in text} == set(), name


def test_commands_below_a_command_stand_in_its_page(pages):
    text = pages["badwire-ctl"].read_text().replace("\\-", "-")
    for one in ("list", "cut", "heal", "counters"):
        assert f"badwire ctl {one}" in text


@pytest.mark.skipif(not shutil.which("groff"), reason="ci/install docs installs it")
def test_groff_and_man_have_no_warning(pages):
    for page in pages.values():
        formatted = run("groff", "-ww", "-mandoc", "-K", "utf8", "-T", "utf8", "-z", str(page))
        assert (formatted.returncode, formatted.stderr) == (0, ""), page
        read = run("man", "--warnings", "-E", "UTF-8", "-l", str(page), env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
        assert (read.returncode, read.stderr) == (0, ""), page


@pytest.mark.skipif(not shutil.which("mandoc"), reason="ci/install docs installs it")
def test_mandoc_has_no_warning(pages):
    for page in pages.values():
        found = run("mandoc", "-Tlint", "-Wwarning", str(page)).stdout.splitlines()
        # The same sources make the same page on every day.
        assert [line for line in found if "missing date" not in line] == []
        assert "badwire" in shown(page)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    failed = run(BADWIRE, "man", str(tmp_path / "file"))
    assert failed.returncode == 2 and "cannot write" in failed.stderr
