"""How the options of Spark are spelled: amounts of memory, lists of files, properties.

Each function raises `ValueError` with what is wrong, to stand behind "the option NAME".
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from redun.config.truth import truth_of

__all__ = ["amount_of_memory", "choice", "cores", "count", "flag", "paths", "properties", "text", "words"]

_MEMORY = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?)?", re.IGNORECASE)
_MEBI = {"k": 1 / 1024, "m": 1.0, "g": 1024.0, "t": 1024.0 * 1024}


def text(given: Any) -> str:
    """Read text.

    Examples
    --------
    >>> text(" yarn ")
    'yarn'
    """
    return str(given).strip()


def choice(*allowed: str) -> Callable[[Any], str]:
    """Return a reader of one of some words.

    Examples
    --------
    >>> choice("client", "cluster")("Client")
    'client'
    """

    def read(given: Any) -> str:
        word = text(given).lower()
        if word not in allowed:
            raise ValueError(f"must be {', '.join(allowed[:-1])} or {allowed[-1]}, not {given!r}")
        return word

    return read


def flag(given: Any) -> bool:
    """Read a truth value.

    Examples
    --------
    >>> flag("yes")
    True
    """
    value = truth_of(given)
    if value is None:
        raise ValueError(f"must be true or false, not {given!r}")
    return value


def count(given: Any) -> int:
    """Read a positive whole number.

    Examples
    --------
    >>> count("4"), count(2.0)
    (4, 2)
    """
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = 0.0
    if not 1 <= number < float("inf") or number != int(number):
        raise ValueError(f"must be a positive whole number, not {given!r}")
    return int(number)


def cores(given: Any) -> int:
    """Read a number of processors; of one that is used in part, the whole.

    Examples
    --------
    >>> cores("4"), cores(0.5)
    (4, 1)
    """
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError(f"must be a positive number, not {given!r}")
    return ceil(number)


def amount_of_memory(given: Any) -> str:
    """Read an amount of memory as Spark spells it; a plain number is GB.

    Examples
    --------
    >>> amount_of_memory("4g"), amount_of_memory(1.5), amount_of_memory("512 MB")
    ('4g', '1536m', '512m')
    """
    match = _MEMORY.fullmatch(str(given).strip())
    mebibytes = 0 if match is None else round(float(match[1]) * _MEBI[(match[2] or "g").lower()])
    if not mebibytes:
        raise ValueError(f'must be an amount of memory such as "4g", "512m" or a number of GB, not {given!r}')
    return f"{mebibytes}m" if mebibytes % 1024 else f"{mebibytes // 1024}g"


def words(given: Any) -> tuple[str, ...]:
    """Read a list: one, JSON, or text with commas or line ends between its items.

    Examples
    --------
    >>> words("a.jar, b.jar"), words(["a.jar"]), words('["a, b.jar"]')
    (('a.jar', 'b.jar'), ('a.jar',), ('a, b.jar',))
    """
    if isinstance(given, str) and given.lstrip().startswith("["):
        given = _json(given, '["first", "second"]')
    if isinstance(given, str):
        given = re.split(r"[,\n]", given)
    if not isinstance(given, (list, tuple)) or not all(isinstance(word, str) for word in given):
        raise ValueError(f"must be a list of texts, or text with commas between its items, not {given!r}")
    return tuple(found for word in given if (found := word.strip()))


def paths(folder: str) -> Callable[[Any], tuple[str, ...]]:
    """Return a reader of a list of files, those of this machine being relative to a folder.

    Examples
    --------
    >>> paths("/project")("a.py, s3a://bucket/b.py, /lib/c.zip#libs")
    ('/project/a.py', 's3a://bucket/b.py', '/lib/c.zip#libs')
    """

    def absolute(path: str) -> str:
        return path if ":/" in path else os.path.join(folder, os.path.expanduser(path))

    return lambda given: tuple(map(absolute, words(given)))


def properties(given: Any) -> dict[str, str]:
    """Read properties: a mapping, or JSON.

    Examples
    --------
    >>> properties('{"spark.sql.ansi.enabled": true, "spark.task.cpus": 2}')
    {'spark.sql.ansi.enabled': 'true', 'spark.task.cpus': '2'}
    """
    if isinstance(given, str):
        given = _json(given, '{"spark.task.cpus": "2"}')
    if not isinstance(given, Mapping):
        raise ValueError(f"must be a mapping of Spark's properties to values, not {given!r}")
    for key, value in given.items():
        if not isinstance(key, str) or not isinstance(value, (str, int, float)):
            raise ValueError(f"must hold texts and numbers, not {key!r}: {value!r}")
    return {key.strip(): _spelled(value) for key, value in given.items()}


def _spelled(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _json(given: str, example: str) -> Any:
    try:
        return json.loads(given)
    except ValueError as error:
        raise ValueError(f"is no JSON ({error}); write it like {example}") from None
