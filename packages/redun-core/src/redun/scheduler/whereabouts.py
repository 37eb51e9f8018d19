"""Say on an error which lazy operation raised it: no line of the user's code does, for it ran long before.

Floor: scheduler.
"""

from __future__ import annotations

from typing import Any

from redun.expression.base import Operation
from redun.value.preview import shorten

__all__ = ["tell_operation"]


def tell_operation(error: Exception, name: str, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> None:
    """Note on an error the operation that raised it, by its name and its operands as they were written."""
    note = f"Raised by the lazy operation {shorten(repr(Operation(name, args, kwargs)))}"
    # An error that is raised again, by another evaluation of the same, says it already.
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
