"""The differences between two values, in a few lines.

Floor: recorder.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import islice
from typing import Any

from redun.recorder.explaining.plain import Opaque
from redun.value.preview import preview

__all__ = ["differences"]

_LINES = 20
_DEPTH = 8
_STEPS = 10_000
_ITEMS = 300
_SHOWN = 60


def differences(old: Any, new: Any) -> tuple[str, ...]:
    """Return what differs in two texts or containers; nothing for anything else, which previews tell."""
    if isinstance(old, str) and isinstance(new, str):
        return _cut(list(islice(_texts(old, new), _LINES + 1)))
    if not _is_container(old) or type(old) is not type(new):
        return ()
    walk = _Walk()
    return _cut(list(islice(walk.compare(old, new, "", 0), _LINES + 1)))


def _cut(lines: list[str]) -> tuple[str, ...]:
    return (*lines[:_LINES], "...") if len(lines) > _LINES else tuple(lines)


def _texts(old: str, new: str) -> Iterator[str]:
    if "\n" in old or "\n" in new:
        lines = difflib.unified_diff(old.split("\n"), new.split("\n"), n=1, lineterm="")
        yield from islice(lines, 2, None)
        return
    start = 0
    shortest = min(len(old), len(new))
    while start < shortest and old[start] == new[start]:
        start += 1
    end = 0
    while end < shortest - start and old[-1 - end] == new[-1 - end]:
        end += 1
    if start + end < _SHOWN // 2 and max(len(old), len(new)) < _SHOWN:
        # Previews show it all.
        return
    yield f"at character {start}: {_piece(old, start, end)} -> {_piece(new, start, end)}"


def _piece(text: str, start: int, end: int) -> str:
    around = 10
    first, last = max(0, start - around), min(len(text), len(text) - end + around)
    piece = text[first:last]
    if len(piece) > _SHOWN:
        piece = piece[:_SHOWN] + "..."
    return repr(piece)


def _is_container(value: Any) -> bool:
    return isinstance(value, list | tuple | dict | set | frozenset | Opaque)


class _Walk:
    """Compares two values part by part, for a while."""

    def __init__(self) -> None:
        self.steps = 0

    def compare(self, old: Any, new: Any, where: str, depth: int) -> Iterator[str]:
        self.steps += 1
        if self.steps > _STEPS:
            return
        if type(old) is not type(new) or not _is_container(old) or depth > _DEPTH:
            if type(old) is not type(new) or not self.same(old, new, depth):
                yield f"{where or 'value'}: {_shown(old)} -> {_shown(new)}"
        elif isinstance(old, dict):
            yield from self.mappings(old, new, where, depth)
        elif isinstance(old, list | tuple):
            yield from self.sequences(old, new, where, depth)
        elif isinstance(old, set | frozenset):
            yield from (f"- {where}{_shown(item)}" for item in sorted(old - new, key=repr))
            yield from (f"+ {where}{_shown(item)}" for item in sorted(new - old, key=repr))
        elif old.name != new.name:
            yield f"{where or 'value'}: {_shown(old)} -> {_shown(new)}"
        else:
            yield from self.compare(old.arguments, new.arguments, f"{where}.args", depth + 1)
            if isinstance(old.state, dict) and isinstance(new.state, dict):
                yield from self.attributes(old.state, new.state, where, depth)
            else:
                yield from self.compare(old.state, new.state, f"{where}.state", depth + 1)

    def attributes(self, old: dict[Any, Any], new: dict[Any, Any], where: str, depth: int) -> Iterator[str]:
        for key in dict.fromkeys((*old, *new)):
            if key in old and key in new:
                yield from self.compare(old[key], new[key], f"{where}.{key}", depth + 1)

    def mappings(self, old: dict[Any, Any], new: dict[Any, Any], where: str, depth: int) -> Iterator[str]:
        for key, value in old.items():
            place = f"{where}[{_shown(key)}]"
            if key not in new:
                yield f"- {place}: {_shown(value)}"
            else:
                yield from self.compare(value, new[key], place, depth + 1)
        for key, value in new.items():
            if key not in old:
                yield f"+ {where}[{_shown(key)}]: {_shown(value)}"

    def sequences(self, old: Any, new: Any, where: str, depth: int) -> Iterator[str]:
        if len(old) == len(new) or max(len(old), len(new)) > _ITEMS:
            for position, (before, after) in enumerate(zip(old, new, strict=False)):
                yield from self.compare(before, after, f"{where}[{position}]", depth + 1)
            if len(old) != len(new):
                yield f"{where or 'value'}: {len(old)} items -> {len(new)} items"
            return
        before, after = [_shown(item) for item in old], [_shown(item) for item in new]
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        for kind, i1, i2, j1, j2 in matcher.get_opcodes():
            if kind != "equal":
                yield from (f"- {where}[{i}]: {before[i]}" for i in range(i1, i2))
                yield from (f"+ {where}[{j}]: {after[j]}" for j in range(j1, j2))

    def same(self, old: Any, new: Any, depth: int) -> bool:
        if _is_container(old):
            # Too deep to tell: silence is better than a difference that is none.
            return True
        return bool(old == new) or repr(old) == repr(new)


def _shown(value: Any) -> str:
    text = f"{value.name}(...)" if isinstance(value, Opaque) else preview(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
