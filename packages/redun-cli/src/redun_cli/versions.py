"""`--check-version`: whether this redun is one of those that a project wants.

Floor: command line.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

__all__ = ["satisfies"]

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_CLAUSE = re.compile(r"\s*(==|!=|>=|<=|>|<)\s*(\S+?)\s*")
_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(?:[._-]?(dev|a|b|rc|post)\.?(\d*))?(?:\.dev(\d+))?(?:\+\S*)?")
_PHASES = {"dev": 0, "a": 1, "b": 2, "rc": 3, "": 4, "post": 5}


def satisfies(version: str, specification: str) -> bool:
    """Tell whether a version fits comparisons joined by commas.

    Raises
    ------
    ValueError
        The specification is none.

    Examples
    --------
    >>> satisfies("1.2.0", ">=1.1,<2"), satisfies("1.2.0rc1", ">=1.2")
    (True, False)
    """
    fits = True
    for clause in specification.split(","):
        found = _CLAUSE.fullmatch(clause)
        if not found:
            raise ValueError(f"{clause.strip()!r} is not one of ==, !=, >=, <=, >, < and a version")
        fits = bool(_COMPARISONS[found[1]](_key(version), _key(found[2]))) and fits
    return fits


def _key(version: str) -> tuple[object, ...]:
    """Return what versions are ordered by."""
    found = _VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is no version, such as 1.2.0")
    numbers = [int(number) for number in found[1].split(".")]
    while numbers and not numbers[-1]:
        del numbers[-1]
    # A development version of a pre-release comes before it.
    development = int(found[4]) if found[4] else float("inf")
    return numbers, _PHASES[found[2] or ""], int(found[3] or 0), development
