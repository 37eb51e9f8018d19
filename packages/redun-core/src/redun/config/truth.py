"""Words of a configuration that stand for true or false.

Floor: ground.
"""

from __future__ import annotations

from typing import Any

__all__ = ["truth_of"]

_TRUTH = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def truth_of(value: Any) -> bool | None:
    """Return what a value of an option says, in any case; None if it is neither true nor false.

    Examples
    --------
    >>> truth_of("Yes"), truth_of("off"), truth_of(True), truth_of("perhaps")
    (True, False, True, None)
    """
    return value if isinstance(value, bool) else _TRUTH.get(str(value).strip().lower())
