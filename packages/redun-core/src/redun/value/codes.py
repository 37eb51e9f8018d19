"""How values are stored: the codes written beside a payload.

Floor: values.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

__all__ = ["ValueFlag", "ValueFormat"]


class ValueFormat(IntEnum):
    """How a payload is encoded."""

    PICKLE = 0
    JSON = 1
    RAW = 2


class ValueFlag(IntFlag):
    """What a reader must know of a value before touching its payload."""

    PLAIN = 0
    LAZY = 1
    EXTERNAL = 2
    ERROR = 4
    SECRET = 8
