"""Rows as pandas data frames; pandas is imported when one is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas


def frame_of(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> pandas.DataFrame:
    """A data frame of these rows; without any, one that is empty and has columns of these names.

    Raises:
        ImportError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise ImportError("data frames need pandas: install Debian's package python3-pandas, "
                          "or pip install pandas") from error
    return pandas.DataFrame(rows, columns=None if rows else list(names))
