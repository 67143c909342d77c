"""Builds badwire's wheel with CMake and Ninja (PEP 517). Downloads nothing.

    pip install .
    pip install . --config-settings=build-dir=build/wheel

The second command keeps the build tree in build/wheel, so that the next build has less to do.

BADWIRE_JOBS says how many compilers run at a time (as many as there are cores). It builds
with packages of Debian 12; the error names those that are missing.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "bindings" / "badwire"

DEBIAN_PACKAGES = (
    "g++ cmake ninja-build pkg-config libboost1.81-dev nlohmann-json3-dev libcli11-dev libfmt-dev "
    "libvalijson-dev libxxhash-dev libssl-dev libjs-chart.js python3-dev pybind11-dev"
).split()

# Names at the source tree's top that do not belong to it, where git cannot say that.
LEFT_OUT = re.compile(r"^(\..*|build.*|out|dist|.*\.egg-info|__pycache__)$")

Settings = Mapping[str, Any] | None


# ---- the hooks that pip calls


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    return []


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    return []


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: Settings = None
) -> str:
    """Writes the .dist-info folder without building anything; returns its name."""
    folder = pathlib.Path(metadata_directory) / dist_info_name()
    folder.mkdir(parents=True)
    for name, content in dist_info_files().items():
        (folder / name).write_bytes(content)
    return folder.name


def build_wheel(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    """Configures, builds and packs; returns the wheel's file name."""
    check_tools()
    with build_folder(config_settings or {}) as build:
        compile_in(build)
        members = package_members(build)
    for name, content in dist_info_files().items():
        members[f"{dist_info_name()}/{name}"] = (content, 0o644)
    file = f"badwire-{version()}-{wheel_tag()}.whl"
    write_wheel(pathlib.Path(wheel_directory) / file, members)
    return file


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """Packs the source tree; returns the file's name."""
    top = f"badwire-{version()}"
    with tarfile.open(
        pathlib.Path(sdist_directory) / f"{top}.tar.gz", "w:gz", format=tarfile.PAX_FORMAT
    ) as archive:
        about = tarfile.TarInfo(f"{top}/PKG-INFO")
        content = metadata().encode()
        about.size = len(content)
        archive.addfile(about, io.BytesIO(content))
        for path in source_files():
            archive.add(ROOT / path, f"{top}/{path.as_posix()}", recursive=False)
    return f"{top}.tar.gz"


# ---- building


def check_tools() -> None:
    """Ends with a message for people if a tool is missing."""
    missing = [tool for tool in ("cmake", "ninja", "pkg-config") if shutil.which(tool) is None]
    if not any(shutil.which(compiler) for compiler in (os.environ.get("CXX"), "c++") if compiler):
        missing.append("a C++ compiler")
    if missing:
        give_up(f"not found: {', '.join(missing)}")


def give_up(problem: str) -> NoReturn:
    packages = missing_packages() or DEBIAN_PACKAGES
    raise SystemExit(
        f"\nbadwire cannot be built: {problem}.\n"
        f"It needs these packages of Debian 12 (elsewhere, what corresponds to them):\n"
        f"  apt-get install --no-install-recommends {' '.join(packages)}\n"
    )


def missing_packages() -> list[str]:
    """The Debian packages that are not installed; none if this is not Debian."""
    if shutil.which("dpkg-query") is None:
        return []

    def is_installed(package: str) -> bool:
        asked = ["dpkg-query", "-W", "-f=${db:Status-Abbrev}", package]
        return subprocess.run(asked, capture_output=True, check=False).stdout.startswith(b"ii")

    return [package for package in DEBIAN_PACKAGES if not is_installed(package)]


@contextlib.contextmanager
def build_folder(settings: Mapping[str, Any]) -> Iterator[pathlib.Path]:
    """The build tree: the one that build-dir names, which stays, or a temporary one."""
    if named := settings.get("build-dir"):
        yield pathlib.Path(named).resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="badwire-build-") as folder:
            yield pathlib.Path(folder)


def compile_in(build: pathlib.Path) -> None:
    configure = [
        "cmake", "-S", str(ROOT), "-B", str(build), "-G", "Ninja",
        "-DCMAKE_BUILD_TYPE=Release", "-DBADWIRE_TESTS=OFF", "-DBADWIRE_PYTHON=ON",
        f"-DPython3_EXECUTABLE={sys.executable}",
        "-DCMAKE_EXE_LINKER_FLAGS=-s", "-DCMAKE_MODULE_LINKER_FLAGS=-s",
        *shlex.split(os.environ.get("CMAKE_ARGS", "")),
    ]  # fmt: skip
    if subprocess.run(configure, check=False).returncode != 0:
        give_up("CMake could not configure it (what it said stands above)")
    jobs = os.environ.get("BADWIRE_JOBS")
    make = ["cmake", "--build", str(build), "--target", "badwire", "_badwire"]
    make += ["-j", jobs] if jobs else []
    if subprocess.run(make, check=False).returncode != 0:
        raise SystemExit("\nbadwire cannot be built: the compiler failed (it says why above).")


# ---- packing


def version() -> str:
    """The version that CMakeLists.txt gives to the project."""
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(r"project\(badwire\s+VERSION\s+([0-9.]+)", text)
    if found is None:
        raise SystemExit("badwire cannot be built: CMakeLists.txt gives no version to the project.")
    return found[1]


def wheel_tag() -> str:
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    platform = re.sub(r"[^A-Za-z0-9_]", "_", sysconfig.get_platform())
    return f"{python}-{python}-{platform}"


def dist_info_name() -> str:
    return f"badwire-{version()}.dist-info"


def metadata() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {project['name']}",
        f"Version: {version()}",
        f"Summary: {project['description']}",
        f"Requires-Python: {project['requires-python']}",
        *(f"Classifier: {classifier}" for classifier in project["classifiers"]),
    ]
    for extra, wanted in project.get("optional-dependencies", {}).items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f'Requires-Dist: {one}; extra == "{extra}"' for one in wanted]
    return "\n".join(lines) + "\n"


def dist_info_files() -> dict[str, bytes]:
    about = (
        "Wheel-Version: 1.0\n"
        f"Generator: badwire ({version()})\n"
        "Root-Is-Purelib: false\n"
        f"Tag: {wheel_tag()}\n"
    )
    files = {"METADATA": metadata().encode(), "WHEEL": about.encode()}
    if (ROOT / "LICENSE").exists():
        files["LICENSE"] = (ROOT / "LICENSE").read_bytes()
    return files


def package_members(build: pathlib.Path) -> dict[str, tuple[bytes, int]]:
    """The package's files in the wheel: contents and mode by name."""
    module = f"_badwire{sysconfig.get_config_var('EXT_SUFFIX')}"
    members = {
        f"badwire/{path.name}": (path.read_bytes(), 0o644)
        for path in PACKAGE.iterdir()
        if path.suffix in (".py", ".pyi") or path.name == "py.typed"
    }
    members[f"badwire/{module}"] = ((build / "python" / "badwire" / module).read_bytes(), 0o755)
    members["badwire/bin/badwire"] = ((build / "badwire").read_bytes(), 0o755)
    return members


def write_wheel(file: pathlib.Path, members: Mapping[str, tuple[bytes, int]]) -> None:
    """Writes the wheel; the same members make the same bytes."""
    record = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, content: bytes, mode: int) -> None:
            entry = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content)

        for name, (content, mode) in sorted(members.items()):
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record.append(f"{name},sha256={digest.decode()},{len(content)}\n")
            add(name, content, mode)
        own = f"{dist_info_name()}/RECORD"
        add(own, "".join([*record, f"{own},,\n"]).encode(), 0o644)


def source_files() -> list[pathlib.Path]:
    """Every file of the source tree, relative to its top: those that git knows, else all."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        asked = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others",
                 "--exclude-standard"]  # fmt: skip
        listed = subprocess.run(asked, capture_output=True, check=False)
        if listed.returncode == 0:
            paths = (pathlib.Path(os.fsdecode(name)) for name in listed.stdout.split(b"\0") if name)
            return sorted(path for path in set(paths) if (ROOT / path).is_file())
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(path for path in paths
                  if not LEFT_OUT.match(path.parts[0]) and "__pycache__" not in path.parts)
