"""Names of directories that tell the values of columns, as Hive and Spark spell them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

__all__ = ["directory_of"]

_NULL = "__HIVE_DEFAULT_PARTITION__"
_ESCAPED = frozenset("\"#%'*/:=?\\{}[]^\x7f") | {chr(code) for code in range(32)}


def directory_of(keys: Sequence[str], values: Sequence[Any]) -> str:
    """Return the directories of rows, each with a slash at its end.

    Examples
    --------
    >>> directory_of(["year", "place"], [2020, "K/ö"])
    'year=2020/place=K%2Fö/'
    """
    return "".join(f"{_escaped(key)}={_text(value)}/" for key, value in zip(keys, values, strict=True))


def _text(value: Any) -> str:
    if value is None or value == "":
        return _NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return _escaped(value.replace(tzinfo=None).isoformat(" "))
    return _escaped(str(value))


def _escaped(text: str) -> str:
    return "".join(f"%{ord(letter):02X}" if letter in _ESCAPED else letter for letter in text)
