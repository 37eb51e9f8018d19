"""`ProxyValue`: the hooks of `Value` for a class that belongs to somebody else.

Floor: values.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar

from redun.errors import UnreadableValueError
from redun.value.treatment import Treatment, treat

__all__ = ["FileCache", "ProxyValue", "treatment_by"]


class ProxyValue:
    """Gives values of a foreign class hooks of their own: name the class as `type` and override what differs.

    A proxy serves the class and its subclasses. It is made for a value when a hook is called, and is never stored.

    Parameters
    ----------
    instance : object
        The value.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from redun.hashing.values import hash_value
    >>> class Rounded(ProxyValue):
    ...     type = Fraction
    ...
    ...     def get_hash(self, data=None):
    ...         return str(round(self.instance))
    >>> hash_value(Fraction(1, 3)) == hash_value(Fraction(1, 4))
    True
    """

    type: ClassVar[Any] = None
    """The class that it speaks for."""

    type_name: ClassVar[str | None] = None
    """Name under which values are recorded; `module.Class` of the foreign class unless given."""

    proxy: ClassVar[bool] = True

    def __init__(self, instance: Any) -> None:
        self.instance = instance

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if cls.type is not None:
            treat(cls.type, treatment_by(cls))

    def is_valid(self) -> bool:
        """Tell whether the value still holds; a cached result that does not is made again."""
        return True

    def get_hash(self, data: bytes | None = None) -> str:
        """Return a text that stands for the content."""
        raise NotImplementedError

    def serialize(self) -> bytes:
        """Return bytes from which `deserialize` makes an equal value."""
        raise NotImplementedError

    @classmethod
    def deserialize(cls, raw_type: Any, data: bytes) -> Any:
        """Make a value from what `serialize` returned."""
        raise NotImplementedError

    @classmethod
    def parse_arg(cls, raw_type: Any, arg: str) -> Any:
        """Make a value from a text of the command line."""
        return raw_type(arg)


def treatment_by(proxy: Any) -> Treatment:
    """Return the treatment that the overridden hooks of a proxy class amount to."""

    def overrides(hook: str) -> bool:
        return getattr(proxy, hook) is not getattr(ProxyValue, hook)

    def content(value: Any) -> bytes:
        text: str = proxy(value).get_hash()
        return text.encode()

    def holds(value: Any) -> bool:
        return bool(proxy(value).is_valid())

    def reduce(value: Any) -> tuple[Any, ...]:
        return _revive, (proxy, type(value), proxy(value).serialize())

    parses = proxy.parse_arg.__func__ is not ProxyValue.parse_arg.__func__  # type: ignore[attr-defined]
    return Treatment(
        content=content if overrides("get_hash") else None,
        holds=holds if overrides("is_valid") else None,
        reduce=reduce if overrides("serialize") else None,
        name=proxy.type_name,
        parse=proxy.parse_arg if parses else None,
    )


def _revive(proxy: Any, kind: type, data: bytes) -> Any:
    return proxy.deserialize(kind, data)


class FileCache(ProxyValue):
    """Keeps values of a class in files of their own; the record holds only the path.

    Name the class as `type` and a folder as `base_path`. A value whose file is gone is made again.

    Examples
    --------
    >>> import tempfile
    >>> class Model:
    ...     def __init__(self, weights):
    ...         self.weights = weights
    >>> class ModelFiles(FileCache):
    ...     type = Model
    ...     base_path = tempfile.mkdtemp()
    """

    base_path: ClassVar[str | None] = None
    """Folder of the files, any path or URL that redun can write to."""

    def _serialize(self) -> bytes:
        """Return the content of the file."""
        import pickle

        return pickle.dumps(self.instance, 5)

    @classmethod
    def _deserialize(cls, data: bytes) -> Any:
        """Make a value from the content of its file."""
        import pickle

        return pickle.loads(data)

    def serialize(self) -> bytes:
        """Write the file, named after the content's hash, and return its path."""
        from redun.filesystems.registry import get_filesystem
        from redun.hashing.values import hash_value

        if self.base_path is None:
            raise TypeError(f"{type(self).__qualname__} names no folder as base_path.")
        path = f"{self.base_path}/{hash_value(self.instance).hex()}"
        filesystem = get_filesystem(path)
        if not filesystem.exists(path):
            with filesystem.open(path, "wb") as stream:
                stream.write(self._serialize())
        return os.fsencode(path)

    @classmethod
    def deserialize(cls, raw_type: Any, data: bytes) -> Any:
        """Read the file."""
        from redun.filesystems.registry import get_filesystem

        path = os.fsdecode(data)
        try:
            with get_filesystem(path).open(path, "rb") as stream:
                content = stream.read()
        except OSError as error:
            raise UnreadableValueError(
                f"The file {path} that holds a stored value is gone: {error}"
            ) from error
        return cls._deserialize(content)
