"""setuptools as pip asks for it (PEP 517): the one that is installed, else one that pip fetches.

pip builds in an environment without the system's packages, and fetches what a build requires. Where
setuptools and wheel are installed (Debian: python3-setuptools, python3-wheel), that is not needed.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

sys.path.append("/usr/lib/python3/dist-packages")  # at the end: what pip fetched is found first
_MISSING = [name for name in ("setuptools", "wheel") if importlib.util.find_spec(name) is None]


def _requirements(*_: Any) -> list[str]:
    return _MISSING


get_requires_for_build_wheel = get_requires_for_build_sdist = get_requires_for_build_editable = _requirements

if not _MISSING:  # otherwise pip asks for the requirements only, and then loads this file again
    from setuptools.build_meta import (  # noqa: F401
        build_editable,
        build_sdist,
        build_wheel,
        prepare_metadata_for_build_editable,
        prepare_metadata_for_build_wheel,
    )
