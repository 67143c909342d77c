"""Builds the Python package: setuptools packs it, CMake and Ninja compile the module and the command.

    pip install .                                    # a wheel, installed
    pip install --editable .                         # changes of bindings/badwire/*.py count at once
    BADWIRE_BUILD=build/wheel pip install .          # keeps the build tree: the next build has less to do

BADWIRE_JOBS says how many compilers run at a time (as many as there are cores), CMAKE_ARGS what CMake is
told besides. Everything that is needed is a package of Debian 12; the error names those that are missing.
What is packed stands in pyproject.toml and MANIFEST.in.
"""

from __future__ import annotations

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
from typing import NoReturn

import setuptools
from setuptools.command.build_ext import build_ext

ROOT = pathlib.Path(__file__).resolve().parent

DEBIAN_PACKAGES = (
    "g++ cmake ninja-build pkg-config libboost1.81-dev nlohmann-json3-dev libcli11-dev libfmt-dev "
    "libxxhash-dev libssl-dev libjs-chart.js python3-dev pybind11-dev"
).split()


class BuildWithCMake(build_ext):
    """Compiles badwire._badwire and, beside it, bin/badwire: the command."""

    def build_extension(self, ext: setuptools.Extension) -> None:
        package = pathlib.Path(self.get_ext_fullpath(ext.name)).resolve().parent
        build = pathlib.Path(os.environ.get("BADWIRE_BUILD", self.build_temp)).resolve()
        self.configure(build)
        jobs = os.environ.get("BADWIRE_JOBS")
        make = ["cmake", "--build", str(build), "--target", "badwire", "_badwire"]
        if subprocess.run(make + (["-j", jobs] if jobs else []), check=False).returncode != 0:
            raise SystemExit("\nbadwire cannot be built: the compiler failed (it says why above).")
        package.mkdir(parents=True, exist_ok=True)
        shutil.copy2(next((build / "python" / "badwire").glob("_badwire*.so")), package)
        self.install_what_describes(build / "described")
        # An editable installation gets the module from here into the source tree, but nothing else.
        for owner in [package, *([ROOT / "bindings" / "badwire"] if self.editable_mode else [])]:
            (owner / "bin").mkdir(exist_ok=True)
            shutil.copy2(build / "badwire", owner / "bin")

    def install_what_describes(self, described: pathlib.Path) -> None:
        """The command has written its manual pages and completion; they go where the system looks for them."""
        places = {"man1": "share/man/man1", "bash": "share/bash-completion/completions",
                  "zsh": "share/zsh/site-functions", "fish": "share/fish/vendor_completions.d"}  # fmt: skip
        for folder, place in places.items():
            files = [os.path.relpath(path, ROOT) for path in sorted((described / folder).iterdir())]
            self.distribution.data_files.append((place, files))

    def configure(self, build: pathlib.Path) -> None:
        missing = [tool for tool in ("cmake", "ninja", "pkg-config", os.environ.get("CXX", "c++"))
                   if shutil.which(tool) is None]  # fmt: skip
        if missing:
            give_up(f"not found: {', '.join(missing)}")
        configure = [
            "cmake", "-S", str(ROOT), "-B", str(build), "-G", "Ninja",
            "-DCMAKE_BUILD_TYPE=Release", "-DBADWIRE_TESTS=OFF", "-DBADWIRE_PYTHON=ON",
            "-DCMAKE_UNITY_BUILD=ON",
            f"-DPython3_EXECUTABLE={sys.executable}",
            "-DCMAKE_EXE_LINKER_FLAGS=-s", "-DCMAKE_MODULE_LINKER_FLAGS=-s",
            *shlex.split(os.environ.get("CMAKE_ARGS", "")),
        ]  # fmt: skip
        if subprocess.run(configure, check=False).returncode != 0:
            give_up("CMake could not configure it (what it said stands above)")


def give_up(problem: str) -> NoReturn:
    raise SystemExit(
        f"\nbadwire cannot be built: {problem}.\n"
        f"It needs these packages of Debian 12 (elsewhere, what corresponds to them):\n"
        f"  apt-get install --no-install-recommends {' '.join(missing_packages() or DEBIAN_PACKAGES)}\n"
    )


def missing_packages() -> list[str]:
    """The Debian packages that are not installed; none if this is not Debian."""
    if shutil.which("dpkg-query") is None:
        return []

    def is_installed(package: str) -> bool:
        asked = ["dpkg-query", "-W", "-f=${db:Status-Abbrev}", package]
        return subprocess.run(asked, capture_output=True, check=False).stdout.startswith(b"ii")

    return [package for package in DEBIAN_PACKAGES if not is_installed(package)]


def version() -> str:
    """The version that CMakeLists.txt gives to the project."""
    found = re.search(r"project\(badwire\s+VERSION\s+([0-9.]+)", (ROOT / "CMakeLists.txt").read_text("utf-8"))
    if found is None:
        raise SystemExit("badwire cannot be built: CMakeLists.txt gives no version to the project.")
    return found[1]


def shared() -> list[tuple[str, list[str]]]:
    """The scenarios with what they run, and the examples, by the folder of the installation that they go to."""
    files = sorted(path.relative_to(ROOT) for top in ("scenarios", "bindings/examples")
                   for path in (ROOT / top).rglob("*")
                   if path.is_file() and "__pycache__" not in path.parts)  # fmt: skip
    folders = sorted({path.parent for path in files})
    return [(f"share/badwire/{str(folder).removeprefix('bindings/')}",
             [str(path) for path in files if path.parent == folder]) for folder in folders]  # fmt: skip


setuptools.setup(
    version=version(),
    ext_modules=[setuptools.Extension("badwire._badwire", sources=[])],
    cmdclass={"build_ext": BuildWithCMake},
    data_files=shared(),
)
