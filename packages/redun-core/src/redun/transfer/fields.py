"""What a field of a record may hold: how it is written in JSON, and what is refused.

Floor: transfer. A record comes from a stranger's file, or from a stranger's database, whose columns may hold anything.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

__all__ = [
    "Bytes",
    "Flag",
    "Integer",
    "JsonText",
    "Kind",
    "Maybe",
    "Pairs",
    "Payload",
    "Text",
    "Word",
]

MOST = 2**63 - 1
_DEEPEST = 64


class Kind(Protocol):
    """One kind of field."""

    def dump(self, value: Any) -> Any:
        """Return what stands for a value in JSON."""

    def load(self, value: Any) -> Any:
        """Return the value that stands in JSON; ValueError if none does."""

    def check(self, value: Any) -> None:
        """Raise ValueError if a record may not hold this value."""


class Bytes:
    """An id or hash of one of some lengths, written in hexadecimal digits."""

    def __init__(self, *sizes: int) -> None:
        self._sizes = sizes

    def dump(self, value: bytes) -> str:
        return value.hex()

    def load(self, value: Any) -> bytes:
        try:
            found = binascii.unhexlify(value)
        except (TypeError, ValueError):
            raise ValueError(f"{shown(value)} is not made of hexadecimal digits") from None
        if len(found) not in self._sizes:
            raise ValueError(self._wrong(found))
        return found

    def check(self, value: Any) -> None:
        if type(value) is not bytes or len(value) not in self._sizes:
            raise ValueError(self._wrong(value))

    def _wrong(self, value: Any) -> str:
        sizes = " or ".join(str(2 * size) for size in self._sizes)
        return f"{shown(value.hex() if type(value) is bytes else value)} has not {sizes} hexadecimal digits"


class Integer:
    """A whole number within bounds, both included."""

    def __init__(self, least: int = 0, most: int = MOST) -> None:
        self._least = least
        self._most = most

    def dump(self, value: int) -> int:
        return value

    def load(self, value: Any) -> int:
        self.check(value)
        return int(value)

    def check(self, value: Any) -> None:
        if type(value) is not int:
            raise ValueError(f"{shown(value)} is no whole number")
        if not self._least <= value <= self._most:
            raise ValueError(f"{value} is not between {self._least} and {self._most}")


class Word:
    """One of some words, or of some numbers."""

    def __init__(self, *words: str | int) -> None:
        self._words = words

    def dump(self, value: str | int) -> str | int:
        return value

    def load(self, value: Any) -> Any:
        self.check(value)
        return value

    def check(self, value: Any) -> None:
        if type(value) not in (str, int) or value not in self._words:
            raise ValueError(f"{shown(value)} is none of {', '.join(map(str, self._words))}")


class Flag:
    """True or false."""

    def dump(self, value: bool) -> bool:
        return value

    def load(self, value: Any) -> bool:
        self.check(value)
        return bool(value)

    def check(self, value: Any) -> None:
        if type(value) is not bool:
            raise ValueError(f"{shown(value)} is neither true nor false")


class Text:
    """Text that has an encoding."""

    def __init__(self, *, empty: bool = True) -> None:
        self._empty = empty

    def dump(self, value: str) -> str:
        return value

    def load(self, value: Any) -> str:
        self.check(value)
        return str(value)

    def check(self, value: Any) -> None:
        if type(value) is not str:
            raise ValueError(f"{shown(value)} is no text")
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise ValueError(f"{shown(value)} holds half of a surrogate pair") from None
        if not (value or self._empty):
            raise ValueError("it is empty")


class JsonText(Text):
    """A JSON document as a text; with `texts`, a list of texts."""

    def __init__(self, *, texts: bool = False) -> None:
        super().__init__()
        self._texts = texts

    def check(self, value: Any) -> None:
        super().check(value)
        try:
            document = json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError(f"{shown(value)} is no JSON") from None
        if self._texts and not (type(document) is list and all(type(one) is str for one in document)):
            raise ValueError(f"{shown(value)} is no JSON list of texts")
        if type(document) in (list, dict) and not self._texts and too_deep(document):
            raise ValueError(f"{shown(value)} is nested more than {_DEEPEST} deep")


class Maybe:
    """Another kind, or nothing: null."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def dump(self, value: Any) -> Any:
        return None if value is None else self._kind.dump(value)

    def load(self, value: Any) -> Any:
        return None if value is None else self._kind.load(value)

    def check(self, value: Any) -> None:
        if value is not None:
            self._kind.check(value)


class Pairs:
    """A list of some kind; with several kinds a list of rows, each a list with one item of each kind."""

    def __init__(self, *kinds: Kind) -> None:
        self._kinds = kinds
        self._single = kinds[0] if len(kinds) == 1 else None

    def dump(self, value: tuple[Any, ...]) -> list[Any]:
        if not value:
            return []
        if self._single is not None:
            return [self._single.dump(item) for item in value]
        return [[kind.dump(item) for kind, item in zip(self._kinds, row, strict=True)] for row in value]

    def load(self, value: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise ValueError(f"{shown(value)} is no list")
        if self._single is not None:
            return tuple([self._single.load(item) for item in value])
        return tuple([self._row(row) for row in value])

    def check(self, value: Any) -> None:
        if self._single is not None:
            for item in value:
                self._single.check(item)
            return
        for row in value:
            for kind, item in zip(self._kinds, row, strict=True):
                kind.check(item)

    def _row(self, row: Any) -> tuple[Any, ...]:
        if type(row) is not list or len(row) != len(self._kinds):
            raise ValueError(f"{shown(row)} is no list of {len(self._kinds)}")
        return tuple([kind.load(item) for kind, item in zip(self._kinds, row, strict=True)])


class Payload:
    """Bytes, written in base 64."""

    def dump(self, value: bytes) -> str:
        return binascii.b2a_base64(value, newline=False).decode()

    def load(self, value: Any) -> bytes:
        try:
            return binascii.a2b_base64(value, strict_mode=True)
        except (TypeError, ValueError):
            raise ValueError(f"{shown(value)} is not in base 64") from None

    def check(self, value: Any) -> None:
        if type(value) is not bytes:
            raise ValueError(f"{shown(value)} is not made of bytes")


def shown(value: object) -> str:
    """Return a short form of what stood where something else should."""
    text = ascii(value) if not isinstance(value, (list, dict)) else f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def too_deep(document: object) -> bool:
    """Tell whether a document is nested deeper than what reads it later can bear."""
    level: list[object] = [document]
    for _ in range(_DEEPEST):
        below: list[object] = []
        for item in level:
            if isinstance(item, Mapping):
                below += item.values()
            elif isinstance(item, Iterable) and not isinstance(item, str):
                below += item
        if not below:
            return False
        level = below
    return True
