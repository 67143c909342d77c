"""Each library compiles as one file: whichever of its files a unity build puts together, no names meet. Builds from
nothing (pip, the demo, sanitizers) are unity builds, and a new file moves the others from one heap to the next."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ["BADWIRE_BUILD"])


def libraries():
    """The compiler's words and the sources of each library, by its name."""
    found = {}
    for one in json.loads((BUILD / "compile_commands.json").read_text()):
        target = re.search(r" -o \S*CMakeFiles/badwire_(\w+)\.dir/", one["command"])
        if target and "pch" not in target[1] and not one["file"].startswith(str(BUILD)):
            found.setdefault(target[1], (one["command"], []))[1].append(one["file"])
    return found


def test_the_libraries_are_found():
    assert {"base", "link", "virtual", "guest", "harness", "command"} <= libraries().keys()


@pytest.mark.parametrize("name", sorted(libraries()))
def test_a_library_compiles_as_one_file(name, tmp_path):
    command, sources = libraries()[name]
    whole = tmp_path / "whole.cpp"
    whole.write_text("".join(f'#include "{source}"\n' for source in sorted(sources)))
    words = shlex.split(command)
    words = words[next(i for i, word in enumerate(words) if word.endswith(("g++", "c++", "clang++"))):]
    kept = [word for word in words[1:] if word.startswith(("-I", "-D", "-W", "-std"))]
    compiled = subprocess.run([words[0], *kept, "-Wno-subobject-linkage", "-Wno-invalid-pch", "-fsyntax-only", whole],
                              capture_output=True, text=True, check=False)
    assert compiled.returncode == 0, compiled.stderr
