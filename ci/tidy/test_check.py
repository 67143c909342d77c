"""What ci/tidy/check remembers, with a clang-tidy that only counts how often it is called."""

import json
import os
import pathlib
import subprocess

import pytest

CHECK = pathlib.Path(__file__).parent / "check"
TOOL = """#!/bin/sh
[ "$1" = --version ] && { echo 'version 1'; exit; }
for source; do :; done
echo "$source" >>"$CALLS"
! grep -n BAD "$source"
"""


class project:
    def __init__(self, root):
        self.root = root
        for name, text in {"a.cpp": '#include "b.hpp"\n', "b.hpp": '#include "made.hpp"\n', "build/made.hpp": "int m;\n",
                           "other.cpp": "int o;\n", ".clang-tidy": "Checks: x\n",
                           "ci/tidy/project_scope.cpp": "\n", "cmake/pch.hpp": "\n", "cmake/test_pch.hpp": "\n",
                           "tools/clang-tidy-16": TOOL}.items():
            self.write(name, text)
        (root / "tools/clang-tidy-16").chmod(0o755)
        self.commands("-O2")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commands(self, flags):
        self.write("build/compile_commands.json", json.dumps(
            [{"file": f"{self.root}/{name}", "command": f"g++ {flags} {self.root}/{name}"} for name in ("a.cpp", "other.cpp")]))

    def check(self, *names):
        """Exit code, and the names of the sources that were looked at."""
        calls = self.root / "calls"
        calls.write_text("")
        environment = {"PATH": f"{self.root}/tools:{os.environ['PATH']}", "CALLS": str(calls),
                       "XDG_CACHE_HOME": f"{self.root}/cache"}
        done = subprocess.run([CHECK, "build", "2", "plugin.so", *names], cwd=self.root, env=environment, capture_output=True,
                              text=True)
        assert not done.stderr
        return done.returncode, sorted(pathlib.Path(line).name for line in calls.read_text().split())


@pytest.fixture
def ours(tmp_path):
    return project(tmp_path.resolve())


def test_what_was_clean_is_not_looked_at_again(ours):
    assert ours.check() == (0, ["a.cpp", "other.cpp"])
    assert ours.check() == (0, [])


def test_a_change_is_looked_at_in_all_that_includes_it(ours):
    ours.check()
    ours.write("b.hpp", '#include "made.hpp"\nint b;\n')
    assert ours.check() == (0, ["a.cpp"])
    ours.write("build/made.hpp", "int changed;\n")
    assert ours.check() == (0, ["a.cpp"])
    ours.write("other.cpp", "int changed;\n")
    assert ours.check() == (0, ["other.cpp"])


def test_other_checks_or_flags_or_tools_look_at_everything(ours):
    both = (0, ["a.cpp", "other.cpp"])
    ours.check()
    ours.write(".clang-tidy", "Checks: y\n")
    assert ours.check() == both
    ours.write("cmake/pch.hpp", "#include <map>\n")
    assert ours.check() == both
    ours.commands("-O1")
    assert ours.check() == both
    ours.write("tools/clang-tidy-16", TOOL.replace("version 1", "version 2"))
    assert ours.check() == both


def test_a_finding_is_found_every_time_until_it_is_mended(ours):
    ours.write("other.cpp", "BAD\n")
    assert ours.check() == (1, ["a.cpp", "other.cpp"])
    assert ours.check() == (1, ["other.cpp"])
    ours.write("other.cpp", "good\n")
    assert ours.check() == (0, ["other.cpp"])


def test_only_what_is_named_is_looked_at(ours):
    assert ours.check("other.cpp") == (0, ["other.cpp"])


def test_another_checkout_of_the_same_is_known(ours, tmp_path_factory):
    ours.check()
    second = project(tmp_path_factory.mktemp("second").resolve())
    (ours.root / "cache").rename(second.root / "cache")
    assert second.check() == (0, [])
