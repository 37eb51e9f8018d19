"""Parts of code as people read them: their kind, their source, and through which other part they are reached.

Floor: hashing. Asked for when a version of a task is first recorded, never to hash.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from redun.hashing.code.classes import Class, file_of
from redun.hashing.code.functions import Function, live_function_node
from redun.hashing.code.objects import Structure
from redun.hashing.code.parts import Leaf, Part, Piece
from redun.hashing.code.reading import Definition, Module
from redun.hashing.code.sources import Sources

__all__ = ["DescribedPart", "described"]


class DescribedPart(NamedTuple):
    """A part of code.

    Attributes
    ----------
    kind : str
        `body` (what the hash was asked for), `function`, `class`, `constant`, `import`, `task` or `module`.
    name : str
        Qualified name; no other part of the same code and kind has it.
    digest : bytes
        Of its own content.
    via : str or None
        Name of the part that refers to it, the first one if there are several.
    text : str or None
        Its source, if there is any. A constant has the text of its assignment: its value may be a secret.
    """

    kind: str
    name: str
    digest: bytes
    via: str | None
    text: str | None


def described(
    pieces: Sequence[Piece], parts: Sequence[tuple[Part, list[int]]], sources: Sources
) -> list[DescribedPart]:
    """Describe what was reached, itself first."""
    names: list[str] = []
    taken: dict[tuple[str, str], int] = {}
    via: dict[int, int] = {}
    found: list[DescribedPart] = []
    for position, (piece, (part, targets)) in enumerate(zip(pieces, parts, strict=True)):
        for target in targets:
            via.setdefault(target, position)
        kind, text = ("body", None) if position == 0 else _describe(piece, sources)
        number = taken[kind, part.name] = taken.get((kind, part.name), 0) + 1
        names.append(part.name if number == 1 else f"{part.name} ({number})")
        through = None if position == 0 else names[via[position]]
        found.append(DescribedPart(kind, names[-1], part.digest, through, text or None))
    return found


def _describe(piece: Piece, sources: Sources) -> tuple[str, str | None]:
    match piece:
        case Function():
            node = live_function_node(piece.reach, piece.function)
            source = sources.of(piece.function.__code__.co_filename)
            return "function", source.text_of(node) if source is not None and node is not None else None
        case Class():
            return "class", _text(sources, file_of(piece.cls) or "", piece.statements())
        case Definition():
            statements = piece.statements()
            kinds = {_KINDS.get(type(statement).__name__, "constant") for statement in statements}
            kind = kinds.pop() if len(kinds) == 1 else "constant"
            return kind, _text(sources, piece.module.filename, statements)
        case Structure():
            return "constant", _assignment(piece.origin, sources)
        case Leaf():
            return piece.kind, _assignment(piece.origin, sources)
    return "constant", None


_KINDS = {"FunctionDef": "function", "AsyncFunctionDef": "function", "ClassDef": "class"}


def _assignment(origin: object, sources: Sources) -> str | None:
    match origin:
        case (Module() as module, str() as name):
            source = sources.of(module.filename)
            return None if source is None else _text(sources, module.filename, source.bindings(name))
    return None


def _text(sources: Sources, filename: str, statements: Sequence[ast.stmt]) -> str | None:
    source = sources.of(filename)
    if source is None:
        return None
    return "\n".join(source.text_of(statement) for statement in statements)
