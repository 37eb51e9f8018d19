"""Schemas of Spark as schemas of Arrow."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

__all__ = ["arrow_schema", "without"]

_SIMPLE = {
    "boolean": "bool_",
    "byte": "int8",
    "short": "int16",
    "integer": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "string": "string",
    "binary": "binary",
    "date": "date32",
}


def arrow_schema(schema: str) -> Any:
    """Return the Arrow schema of rows with a schema of Spark, as Spark hands them to Python.

    Raises
    ------
    ValueError
        A column is of a type that files do not have, such as an interval.
    """
    import pyarrow

    return pyarrow.schema([_field(field, field["name"]) for field in json.loads(schema)["fields"]])


def without(schema: str, names: Collection[str]) -> str:
    """Return a schema of Spark without some columns."""
    found = json.loads(schema)
    found["fields"] = [field for field in found["fields"] if field["name"] not in names]
    return json.dumps(found)


def _field(field: dict[str, Any], column: str) -> Any:
    import pyarrow

    return pyarrow.field(field["name"], _type(field["type"], column))


def _type(kind: Any, column: str) -> Any:
    import pyarrow

    if isinstance(kind, dict):
        if kind["type"] == "struct":
            return pyarrow.struct([_field(field, column) for field in kind["fields"]])
        if kind["type"] == "array":
            return pyarrow.list_(_type(kind["elementType"], column))
        if kind["type"] == "map":
            return pyarrow.map_(_type(kind["keyType"], column), _type(kind["valueType"], column))
        kind = kind["type"]
    if kind in _SIMPLE:
        return getattr(pyarrow, _SIMPLE[kind])()
    if kind.startswith("decimal"):
        digits, scale = kind[len("decimal(") : -1].split(",") if "(" in kind else ("10", "0")
        return pyarrow.decimal128(int(digits), int(scale))
    if kind.startswith(("char", "varchar", "string ")):
        return pyarrow.string()
    if kind in ("timestamp", "timestamp_ntz"):
        return pyarrow.timestamp("us", "UTC" if kind == "timestamp" else None)
    raise ValueError(
        f"Column {column!r} is of type {kind!r}, which Python on Spark's workers cannot keep in files."
    )
