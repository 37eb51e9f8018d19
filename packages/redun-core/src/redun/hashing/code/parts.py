"""Parts of code, what they refer to, and one digest for all that is reached from one of them.

Floor: hashing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol

from attrs import field, frozen

from redun.hashing.digest import digest

__all__ = ["Leaf", "Part", "Piece", "digest_reached", "reached", "walk"]


@frozen
class Part:
    """A function, class, constant or import: one node of the graph of code."""

    name: str
    """Qualified name, for people; not part of any digest."""
    digest: bytes
    """Of its own content."""
    references: dict[str, Piece] = field(factory=dict)
    """What it refers to, by the name under which it does so."""


class Piece(Hashable, Protocol):
    """Something that can be read as a part; equal pieces are the same part."""

    def read(self) -> Part:
        """Digest its own content and find what it refers to, without reading that."""
        ...


@frozen
class Leaf:
    """A part known by its content, and perhaps by the classes of that content."""

    name: str
    digest: bytes
    classes: tuple[Piece, ...] = ()
    kind: str = field(default="import", eq=False)
    """What it is, for people."""
    origin: object = field(default=None, eq=False, repr=False)
    """Of a constant, the module and the name of its assignment."""

    def read(self) -> Part:
        return Part(
            self.name, self.digest, {f"class {number}": piece for number, piece in enumerate(self.classes)}
        )


def reached(root: Piece, read: Callable[[Piece], Part]) -> list[tuple[Part, list[int]]]:
    """List the parts reached from a root in canonical order, each with the positions of those it refers to.

    References are followed in the order of their names, breadth first. So two lists are equal if and only if the graphs
    are, names of references included: neither cycles nor shared or like-named parts can hide an edit.
    """
    return walk(root, read)[1]


def walk(root: Piece, read: Callable[[Piece], Part]) -> tuple[list[Piece], list[tuple[Part, list[int]]]]:
    """Return the pieces reached from a root, and what `reached` lists of them."""
    position: dict[Piece, int] = {root: 0}
    order = [root]
    found: list[tuple[Part, list[int]]] = []
    for piece in order:
        part = read(piece)
        targets: list[int] = []
        for _, target in sorted(part.references.items()):
            known = position.get(target)
            if known is None:
                known = position[target] = len(order)
                order.append(target)
            targets.append(known)
        found.append((part, targets))
    return order, found


def digest_reached(parts: list[tuple[Part, list[int]]]) -> bytes:
    """Digest a canonical list of parts."""
    written: list[bytes] = []
    for part, targets in parts:
        written.append(part.digest)
        references = zip(sorted(part.references), targets, strict=True)
        written.append(ascii(list(references)).encode())
        written.append(b"\n")
    return digest(b"code reached", b"".join(written))
