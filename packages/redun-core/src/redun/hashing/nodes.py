"""Values with parts, opened for encoding: containers and the uniform runs that need no walk.

Floor: hashing. A node is a head, which says what the whole is and how many parts it has, and an iterator of the
parts. Objects of other classes are opened by `objects`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain, islice
from math import isnan
from struct import Struct
from typing import Any

from redun.hashing.digest import Digest
from redun.hashing.leaves import LEAVES, shorten

__all__ = ["OPENERS", "Node", "Opener", "encode_leaves", "key_label"]

BLOCK = 4096
"""Parts whose encodings are held in memory before they are hashed away."""

UNIFORM = 8
"""Shortest list of numbers that is packed at once."""

_head = Struct("<cQ").pack
_encoder_of = LEAVES.get


class Node:
    """A value being encoded, part by part.

    Attributes
    ----------
    value : object
        The value itself, kept alive while it is open.
    block : iterator
        The parts to encode next.
    parts : list of bytes
        Encodings of the parts so far.
    position, lowest : int
        Its place among the open values, and the lowest place that a part refers back to.
    """

    __slots__ = (
        "_content",
        "_done",
        "_head",
        "_items",
        "_label",
        "_left",
        "_unordered",
        "block",
        "lowest",
        "parts",
        "position",
        "value",
    )

    def __init__(
        self,
        value: Any,
        head: bytes,
        items: Iterator[Any],
        length: int,
        label: Callable[[Any, int], str],
        *,
        unordered: bool = False,
    ) -> None:
        self.value = value
        self.position = self.lowest = 0
        self.parts: list[bytes] = []
        self._head = head
        self._items = items
        self._label = label
        self._unordered = unordered
        self._content: Digest | None = None
        self._done = 0
        if unordered or length <= BLOCK:
            self.block = items
            self._left = 0
        else:
            self.block = islice(items, BLOCK)
            self._left = length - BLOCK

    def advance(self) -> bool:
        """Hash away the parts of a long value and go on with the next block; False after the last."""
        if self._left <= 0:
            return False
        self._flush()
        self.block = islice(self._items, BLOCK)
        self._left -= BLOCK
        return True

    def _flush(self) -> Digest:
        if self._content is None:
            self._content = Digest(b"node")
            self._content.update(self._head)
        self._content.update(b"".join(self.parts))
        self._done += len(self.parts)
        self.parts.clear()
        return self._content

    def close(self) -> bytes:
        """Return the encoding of the whole."""
        if self._content is not None:
            return b"#" + self._flush().result()
        if self._unordered:
            self.parts.sort()
        return shorten(self._head + b"".join(self.parts))

    def children(self) -> Iterator[tuple[str, Any]]:
        """Iterate the parts with the way to each, such as ``[3]`` or ``.name``."""
        for number, item in enumerate(chain(self.block, self._items)):
            yield self._label(self.value, number), item

    def path(self) -> str:
        """Return the way to the part being encoded."""
        return self._label(self.value, self._done + len(self.parts))


Opener = Callable[[Any], "Node | bytes"]


def _item_label(value: Any, number: int) -> str:
    return f"[{number}]"


def _member_label(value: Any, number: int) -> str:
    return "{…}"


def key_label(key: Any, number: int) -> str:
    """Name the value (odd number) or the key (even number) of a pair."""
    # A key of any other type may have a repr that is long or fails.
    text = repr(key) if type(key) in (str, int, float, bool) else f"<{type(key).__qualname__}>"
    return f"[{text[:60]}]" if number % 2 else f" key {text[:60]}"


def _pair_label(value: dict[Any, Any], number: int) -> str:
    return key_label(next(islice(value, number // 2, None)), number)


def _uniform(head: bytes, value: Collection[Any]) -> bytes | None:
    """Pack a list of machine integers or of floats at once, ten times faster than one by one."""
    kinds = set(map(type, value))
    kind = kinds.pop()
    if kinds:
        return None
    if kind is int:
        try:
            packed = array("q", value)
        except OverflowError:
            return None
    # The bits of a NaN depend on how it came about.
    elif kind is float and not any(map(isnan, value)):
        packed = array("d", value)
    else:
        return None
    content = Digest(b"node")
    content.update(head + packed.typecode.encode())
    content.update(packed)
    return b"#" + content.result()


def encode_leaves(head: bytes, parts: Iterable[Any]) -> bytes | None:
    """Encode a container that holds only leaves: most are small, and a node costs as much as ten leaves."""
    encoding = head
    for part in parts:
        encoder = _encoder_of(type(part))
        if encoder is None:
            return None
        try:
            encoding += encoder(part)
        except Exception:
            # The walk meets the error again and knows where.
            return None
    return shorten(encoding)


def _open_list(value: list[Any]) -> Node | bytes:
    return _open_sequence(value, b"l", b"L")


def _open_tuple(value: tuple[Any, ...]) -> Node | bytes:
    return _open_sequence(value, b"t", b"U")


def _open_sequence(value: list[Any] | tuple[Any, ...], tag: bytes, uniform_tag: bytes) -> Node | bytes:
    length = len(value)
    head = _head(tag, length)
    encoding = encode_leaves(head, value) if length < UNIFORM else _uniform(_head(uniform_tag, length), value)
    return encoding or Node(value, head, iter(value), length, _item_label)


def _open_dict(value: dict[Any, Any]) -> Node | bytes:
    length = len(value)
    head = _head(b"D", length)
    if length < UNIFORM and (encoding := encode_leaves(head, chain.from_iterable(value.items()))):
        return encoding
    return Node(value, head, chain.from_iterable(value.items()), 2 * length, _pair_label)


def _open_set(value: set[Any]) -> Node:
    return Node(value, _head(b"S", len(value)), iter(value), len(value), _member_label, unordered=True)


def _open_frozenset(value: frozenset[Any]) -> Node:
    return Node(value, _head(b"Z", len(value)), iter(value), len(value), _member_label, unordered=True)


OPENERS: dict[type, Opener] = {
    list: _open_list,
    tuple: _open_tuple,
    dict: _open_dict,
    set: _open_set,
    frozenset: _open_frozenset,
}
"""From exact types to how they are opened; `values` adds those of other types as it meets them."""
