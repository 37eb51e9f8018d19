"""Async tasks: which they are, and which options they may have.

Floor: language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from redun.errors import TaskDefinitionError

__all__ = ["check_async", "is_coroutine_function"]

# As in `inspect`, which is too slow to be imported for two numbers.
_CO_COROUTINE = 0x80


def is_coroutine_function(func: Callable[..., Any]) -> bool:
    """Tell whether a function is an `async def`."""
    code = getattr(func, "__code__", None)
    return code is not None and bool(code.co_flags & _CO_COROUTINE)


def check_async(owner: str, options: Mapping[str, Any]) -> None:
    """Refuse options that an async task cannot have.

    Raises
    ------
    TaskDefinitionError
        What its body returned would be replayed without the calls that it awaited.
    """
    check_valid = options.get("check_valid")
    if str(getattr(check_valid, "value", check_valid)).lower() == "full":
        raise TaskDefinitionError(
            f"{owner}: an async task cannot have check_valid='full', because its body would have to be run again to be "
            "resumed. Leave check_valid out: the whole call is replayed while the code below it is unchanged. Or give "
            "cache=False to run it each time."
        )
