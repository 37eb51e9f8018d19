"""The content of polars tables and columns, through Arrow where pyarrow is installed.

Floor: values.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import polars as pl

from redun.hashing.digest import digest
from redun.hashing.values import hash_value
from redun.value.treatment import Treatment

__all__ = ["treatment"]

_HAS_ARROW = find_spec("pyarrow") is not None
_PLAIN = (pl.Boolean, pl.String, pl.Binary, pl.Date, pl.Datetime, pl.Duration, pl.Time)


def treatment(kind: type) -> Treatment | None:
    """Return how values of a polars class are treated."""
    if issubclass(kind, pl.DataFrame):
        return Treatment(content=_frame, reduce=_reduce if _HAS_ARROW else None)
    if issubclass(kind, pl.Series):
        return Treatment(content=_series)
    return None


def _frame(frame: Any) -> bytes:
    return digest(b"polars frame", b"%d" % frame.height, *map(_series, frame.get_columns()))


def _series(series: Any) -> bytes:
    head = hash_value(series.name), str(series.dtype).encode()
    if series.dtype == pl.Object or not _HAS_ARROW:
        return digest(b"polars series", *head, hash_value(series.to_list()))
    from redun.value.frames.arrow import array_content

    return digest(b"polars series", *head, array_content(series.to_arrow()))


def _reduce(frame: Any) -> Any:
    """Store a table by its Arrow buffers, which need no copy; types that Arrow has not, as polars does."""
    if all(dtype.is_numeric() or isinstance(dtype, _PLAIN) for dtype in frame.dtypes):
        return pl.from_arrow, (frame.to_arrow(),)
    return frame.__reduce_ex__(5)
