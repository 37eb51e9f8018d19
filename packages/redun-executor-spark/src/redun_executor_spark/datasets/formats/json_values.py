"""Values of Spark's types in JSON, spelt as Spark spells them."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

__all__ = ["reader_of", "writer_of"]

Convert = Callable[[Any], Any]


def reader_of(kind: Any) -> Convert:
    """Return what makes a value of Python of one of JSON, by its type in a schema of Spark."""
    return _converter(
        kind, _READ, keyed=lambda key, value: lambda found: [(key(k), value(v)) for k, v in found.items()]
    )


def writer_of(kind: Any) -> Convert:
    """Return what makes a value of JSON of one of Python; what is missing in a row is left out."""
    return _converter(
        kind, _WRITE, keyed=lambda key, value: lambda found: {str(key(k)): value(v) for k, v in found}
    )


def _converter(
    kind: Any, simple: dict[str, Convert], keyed: Callable[[Convert, Convert], Convert]
) -> Convert:
    if not isinstance(kind, dict):
        return _unless_missing(simple.get(kind.partition("(")[0], _same))
    if kind["type"] == "struct":
        fields = {field["name"]: _converter(field["type"], simple, keyed) for field in kind["fields"]}
        return _unless_missing(
            lambda row: {
                name: fields[name](value)
                for name, value in row.items()
                if name in fields and value is not None
            }
        )
    if kind["type"] == "array":
        element = _converter(kind["elementType"], simple, keyed)
        return _unless_missing(lambda found: [element(each) for each in found])
    if kind["type"] == "map":
        key = _converter(kind["keyType"], simple, keyed)
        return _unless_missing(keyed(key, _converter(kind["valueType"], simple, keyed)))
    return _same


def _same(value: Any) -> Any:
    return value


def _unless_missing(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _zoned(text: str) -> datetime.datetime:
    found = datetime.datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=datetime.UTC)


def _timestamp(value: datetime.datetime) -> str:
    found = value.astimezone(datetime.UTC).replace(tzinfo=None)
    return found.isoformat(timespec="microseconds") + "Z"


def _number(value: float) -> Any:
    # JSON has no such numbers; Spark writes and reads them as words.
    if value != value:
        return "NaN"
    return value if abs(value) != float("inf") else "Infinity" if value > 0 else "-Infinity"


_READ: dict[str, Convert] = {
    "binary": base64.b64decode,
    "date": datetime.date.fromisoformat,
    "decimal": lambda value: Decimal(str(value)),
    **dict.fromkeys(("byte", "short", "integer", "long"), int),
    **dict.fromkeys(("float", "double"), float),
    "timestamp": _zoned,
    "timestamp_ntz": datetime.datetime.fromisoformat,
}
_WRITE: dict[str, Convert] = {
    "binary": lambda value: base64.b64encode(value).decode(),
    "date": datetime.date.isoformat,
    "decimal": str,
    **dict.fromkeys(("float", "double"), _number),
    "timestamp": _timestamp,
    "timestamp_ntz": lambda value: value.isoformat(timespec="microseconds"),
}
