"""`Value`, the base of classes that decide themselves how they are hashed, checked and stored.

Floor: values. A plain class needs none of this: any object that can be pickled is a value. The hooks are those of
redun 0.44; each takes effect only where a subclass overrides it, so the others cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from redun.hashing.digest import HASH_SIZE, digest

__all__ = ["Value", "prepares"]

_prepared: set[type] = set()


class Value:
    """Base of values with hooks of their own.

    Examples
    --------
    >>> class Table(Value):
    ...     type_name = "lab.Table"
    ...
    ...     def __init__(self, name, version):
    ...         self.name, self.version = name, version
    ...
    ...     def get_hash(self, data=None):
    ...         return f"{self.name}:{self.version}"
    ...
    ...     def is_valid(self):
    ...         return self.version == latest[self.name]
    """

    type_name: str | None = None
    """Name under which values are recorded; `module.Class` unless given."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        own = vars(cls)
        if isinstance(own.get("type_name"), str):
            cls.__redun_type_name__ = own["type_name"]  # type: ignore[attr-defined]
        else:
            cls.__redun_type_name__ = None  # type: ignore[attr-defined]
        if "get_hash" in own and "__redun_digest__" not in own:
            cls.__redun_digest__ = _digest_by_get_hash  # type: ignore[attr-defined]
        if "is_valid" in own and "__redun_valid__" not in own:
            cls.__redun_valid__ = _valid_by_is_valid  # type: ignore[attr-defined]
        if "iter_subvalues" in own:
            cls.__redun_parts__ = _parts_by_iter_subvalues  # type: ignore[attr-defined]
            if not hasattr(cls, "__redun_valid__"):
                cls.__redun_valid__ = _valid_by_is_valid  # type: ignore[attr-defined]
        if "preprocess" in own:
            _prepared.add(cls)
            cls.__redun_given__ = _given_by_preprocess  # type: ignore[attr-defined]
        if "postprocess" in own:
            cls.__redun_returned__ = _returned_by_postprocess  # type: ignore[attr-defined]
            if not hasattr(cls, "__redun_valid__"):
                cls.__redun_valid__ = _valid_by_is_valid  # type: ignore[attr-defined]
        if "serialize" in own and "__reduce_ex__" not in own:
            cls.__reduce_ex__ = _reduce_by_serialize  # type: ignore[assignment]

    def is_valid(self) -> bool:
        """Tell whether the value still holds; a cached result that does not is made again."""
        return True

    def get_hash(self, data: bytes | None = None) -> str:
        """Return what stands for the content: 40 hexadecimal digits, or any text."""
        from redun.hashing.values import hash_value

        return hash_value(self).hex()

    def serialize(self) -> bytes:
        """Return bytes from which `deserialize` makes an equal value."""
        import pickle

        return pickle.dumps(self, 5)

    @classmethod
    def deserialize(cls, raw_type: type, data: bytes) -> Any:
        """Make a value from what `serialize` returned."""
        import pickle

        return pickle.loads(data)

    def get_serialization_format(self) -> str:
        """Return the media type of what is stored."""
        return "application/python-pickle"

    def iter_subvalues(self) -> Iterable[Any]:
        """Yield values inside, such as files, that are recorded on their own; the whole holds only if they hold."""
        return ()

    def preprocess(self, preprocess_args: dict[str, Any]) -> Any:
        """Return what a task is given in the place of this argument; it also makes the key of the call."""
        return self

    def postprocess(self, postprocess_args: dict[str, Any]) -> Any:
        """Return what is recorded in the place of this result; `pre_call_hash` names the call that returned it."""
        return self

    @classmethod
    def parse_arg(cls, raw_type: type, arg: str) -> Any:
        """Make a value from a command-line argument."""
        return raw_type(arg)


def prepares() -> bool:
    """Tell whether any class of this process overrides `preprocess`."""
    return bool(_prepared)


def _given_by_preprocess(value: Value) -> Any:
    return value.preprocess({})


def _returned_by_postprocess(value: Value, eval_hash: bytes) -> Any:
    return value.postprocess({"pre_call_hash": eval_hash.hex()})


def _digest_by_get_hash(value: Value) -> bytes:
    text = value.get_hash()
    try:
        hash_ = bytes.fromhex(text)
    except ValueError:
        hash_ = b""
    if len(hash_) == HASH_SIZE and len(text) == 2 * HASH_SIZE:
        return hash_
    # A text of the class's own making means something only among values of the class.
    cls = type(value)
    return digest(b"own hash", cls.__module__.encode(), cls.__qualname__.encode(), text.encode())


def _valid_by_is_valid(value: Value) -> bool:
    return value.is_valid() and all(
        part.__redun_valid__() for part in value.iter_subvalues() if hasattr(part, "__redun_valid__")
    )


def _parts_by_iter_subvalues(value: Value) -> list[Any]:
    return list(value.iter_subvalues())


def _reduce_by_serialize(value: Value, protocol: Any) -> tuple[Any, ...]:
    return _deserialize, (type(value), value.serialize())


def _deserialize(cls: type[Value], data: bytes) -> Any:
    return cls.deserialize(cls, data)
