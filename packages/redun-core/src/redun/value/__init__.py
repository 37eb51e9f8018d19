"""Values: what tasks take and return, how it is looked into, stored and shown.

Floor: values.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from redun.errors import UnhashableValueError as InvalidValueError
from redun.value.base import Value

if TYPE_CHECKING:
    from redun.value.proxy import FileCache, ProxyValue
    from redun.value.registry import TypeRegistry, get_type_registry

__all__ = ["FileCache", "InvalidValueError", "ProxyValue", "TypeRegistry", "Value", "get_type_registry"]

_LAZY = {
    **dict.fromkeys(("FileCache", "ProxyValue"), "redun.value.proxy"),
    **dict.fromkeys(("TypeRegistry", "get_type_registry"), "redun.value.registry"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'redun.value' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_LAZY[name]), name)
    return value
