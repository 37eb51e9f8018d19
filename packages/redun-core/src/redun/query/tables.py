"""Make tables of pandas, polars and Arrow.

Floor: library. These are imported when asked for. Columns have their type even if nothing is in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from operator import attrgetter
from typing import Any

__all__ = ["to_arrow", "to_pandas", "to_polars"]

_PANDAS = {
    "text": "object",
    "number": "Int64",
    "flag": "boolean",
    "moment": "datetime64[us, UTC]",
    "span": "timedelta64[us]",
}


def to_pandas(found: Iterable[Any], columns: Mapping[str, str]) -> Any:
    """Return a `pandas.DataFrame`."""
    pandas = _library("pandas", "pandas")
    values = _values(found, columns)
    return pandas.DataFrame(
        {name: pandas.Series(values[name], dtype=_PANDAS[kind]) for name, kind in columns.items()}
    )


def to_polars(found: Iterable[Any], columns: Mapping[str, str]) -> Any:
    """Return a `polars.DataFrame`."""
    polars = _library("polars", "polars")
    types = {
        "text": polars.String,
        "number": polars.Int64,
        "flag": polars.Boolean,
        "moment": polars.Datetime("us", "UTC"),
        "span": polars.Duration("us"),
    }
    return polars.DataFrame(
        _values(found, columns), schema={name: types[kind] for name, kind in columns.items()}
    )


def to_arrow(found: Iterable[Any], columns: Mapping[str, str]) -> Any:
    """Return a `pyarrow.Table`."""
    arrow = _library("pyarrow", "pyarrow")
    types = {
        "text": arrow.string(),
        "number": arrow.int64(),
        "flag": arrow.bool_(),
        "moment": arrow.timestamp("us", "UTC"),
        "span": arrow.duration("us"),
    }
    fields = [(name, types[kind]) for name, kind in columns.items()]
    return arrow.table(_values(found, columns), schema=arrow.schema(fields))


def _values(found: Iterable[Any], columns: Mapping[str, str]) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {name: [] for name in columns}
    ways = [(values[name].append, attrgetter(name)) for name in columns]
    for one in found:
        for append, get in ways:
            append(get(one))
    return values


def _library(module: str, distribution: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"a table of {module} needs it installed: pip install {distribution} ({error})"
        ) from error
