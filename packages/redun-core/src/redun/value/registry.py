"""`TypeRegistry`: what redun knows of types, in one place, for those who ask from outside.

Floor: values. The engine asks `hashing`, `seal` and `treatment` directly; nothing is kept here.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from redun.hashing.values import hash_value
from redun.value.nested import scan
from redun.value.pickling import dump, load
from redun.value.proxy import treatment_by
from redun.value.seal import is_external
from redun.value.treatment import treat, treatment_of

__all__ = ["TypeRegistry", "get_type_registry"]


class TypeRegistry:
    """Answers questions about values of any type.

    Examples
    --------
    >>> from redun.value import get_type_registry
    >>> registry = get_type_registry()
    >>> registry.get_type_name(dict)
    'builtins.dict'
    >>> registry.deserialize("builtins.list", registry.serialize([1, 2]))
    [1, 2]
    >>> registry.parse_arg(int, "7")
    7
    """

    def register(self, proxy: Any) -> None:
        """Let a `ProxyValue` class speak for its `type` again, after another one did."""
        treat(proxy.type, treatment_by(proxy))

    def get_type_name(self, kind: type) -> str:
        """Return a type's name with its module, by which `parse_type_name` finds it."""
        chosen = getattr(kind, "__redun_type_name__", None)
        return chosen if isinstance(chosen, str) else f"{kind.__module__}.{kind.__qualname__}"

    def parse_type_name(self, name: str) -> type:
        """Return the type of this name.

        Raises
        ------
        TypeError
            There is none in this process.
        """
        module, _, attribute = name.rpartition(".")
        try:
            found = getattr(importlib.import_module(module or "builtins"), attribute)
        except (ImportError, AttributeError) as error:
            raise TypeError(f"No type is named {name!r} here: {error}.") from error
        if not isinstance(found, type):
            raise TypeError(f"{name!r} is no type but {found!r}.")
        return found

    def is_valid(self, value: Any) -> bool:
        """Tell whether a value still holds what it says of the world."""
        from redun.file.validity import validate

        return validate([value])[0] if is_external(type(value)) else True

    def is_valid_nested(self, value: Any) -> bool:
        """Tell whether everything in a nested value still holds."""
        from redun.file.validity import validate

        return all(validate(scan(value, is_external)))

    def get_hash(self, value: Any) -> str:
        """Return the hash of a value's content, 40 hexadecimal digits."""
        return hash_value(value).hex()

    def serialize(self, value: Any) -> bytes:
        """Return the bytes that the record keeps of a value."""
        return bytes(dump(value, flat=False))

    def deserialize(self, type_name: str, data: bytes) -> Any:
        """Give back a value from its bytes, which say themselves of what type it is. Runs code: trust the bytes."""
        return load(data)

    def parse_arg(self, kind: type, text: str) -> Any:
        """Make a value of a type from a text of the command line."""
        parse = getattr(kind, "parse_arg", None)
        if parse is not None:
            return parse(kind, text)
        treatment = treatment_of(kind)
        if treatment is not None and treatment.parse is not None:
            return treatment.parse(kind, text)
        return kind(text)

    def iter_subvalues(self, value: Any) -> Iterator[Any]:
        """Yield the values inside of one that are recorded on their own."""
        return iter(value.__redun_parts__() if hasattr(value, "__redun_parts__") else ())


_registry = TypeRegistry()


def get_type_registry() -> TypeRegistry:
    """Return the registry of this process.

    Examples
    --------
    >>> get_type_registry().get_type_name(str)
    'builtins.str'
    """
    return _registry
