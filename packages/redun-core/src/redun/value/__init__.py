"""Values: what tasks take and return, how it is looked into, stored and shown.

Floor: values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.errors import UnhashableValueError as InvalidValueError
from redun.on_demand import importer
from redun.value.base import Value

if TYPE_CHECKING:
    from redun.value.proxy import FileCache, ProxyValue
    from redun.value.registry import TypeRegistry, get_type_registry

__all__ = ["FileCache", "InvalidValueError", "ProxyValue", "TypeRegistry", "Value", "get_type_registry"]

_LAZY = {
    **dict.fromkeys(("FileCache", "ProxyValue"), "redun.value.proxy"),
    **dict.fromkeys(("TypeRegistry", "get_type_registry"), "redun.value.registry"),
}

__getattr__ = importer(__name__, _LAZY)
