"""The schema of a table as text: Spark's JSON, in one spelling.

Floor: values. Whether a column may lack values does not count, for files do not keep it; nor does the order of keys.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

__all__ = ["column_types", "stable_schema", "typed"]

_MAY_LACK = ("nullable", "containsNull", "valueContainsNull")


def stable_schema(schema: str) -> str:
    """Return a schema in the spelling that all equal ones share.

    Parameters
    ----------
    schema : str
        JSON as `pyspark.sql.types.StructType.json` writes it.

    Raises
    ------
    ValueError
        It is something else.

    Examples
    --------
    >>> stable_schema('{"type": "struct", "fields": [{"name": "x", "type": "long", "nullable": false}]}')
    '{"fields":[{"metadata":{},"name":"x","nullable":true,"type":"long"}],"type":"struct"}'
    """
    try:
        found = json.loads(schema)
        fields = [(field["name"], field["type"]) for field in found["fields"]]
        good = found["type"] == "struct" and all(isinstance(name, str) for name, _ in fields)
    except (KeyError, TypeError, ValueError):
        good = False
    if not good:
        raise ValueError(
            "The schema of a dataset is the JSON of a Spark schema, as frame.schema.json() returns it, not "
            f"{str(schema)[:100]!r}."
        )
    return json.dumps(_stable(found), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def column_types(schema: str) -> dict[str, Any]:
    """Return the columns' names and types, in order; types as in the schema."""
    return {field["name"]: field["type"] for field in json.loads(schema)["fields"]}


def typed(text: str | None, kind: Any) -> Any:
    """Return the value of a column that the name of a directory tells, as a column of a type."""
    if text is None or not isinstance(kind, str):
        return text
    read = Decimal if kind.startswith("decimal") else _READERS.get(kind)
    return text if read is None else read(text)


def _stable(part: Any) -> Any:
    if isinstance(part, list):
        return [_stable(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {key: True if key in _MAY_LACK else _stable(value) for key, value in part.items()}
    if "name" in part and "type" in part:
        found = {"metadata": {}, "nullable": True, **found}
    return found


_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("byte", "short", "integer", "long"), int),
    **dict.fromkeys(("float", "double"), float),
    "boolean": lambda text: text.lower() == "true",
    "date": datetime.date.fromisoformat,
    **dict.fromkeys(("timestamp", "timestamp_ntz"), datetime.datetime.fromisoformat),
}
