"""Which keys match a pattern, by the rules of the local file system.

``*``, ``?`` and ``[…]`` stay within one part of a path, ``**`` as a whole part is any number of them. Directories match
as well. A part of a pattern lists one level of each directory that matched so far; ``**`` lists all that lies below.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from redun_fs_s3.connection import Connection
from redun_fs_s3.location import Location
from redun_fs_s3.objects import Entry, any_below, entry_of, head, pages
from redun_fs_s3.patterns import MAGIC, anywhere, within

__all__ = ["matches"]


def matches(connection: Connection, pattern: Location) -> dict[str, Entry | None]:
    """Return the keys that match a pattern, sorted, with their objects; None for what is only a directory."""
    walk = _Walk(connection, pattern)
    found: dict[str, Entry | None] = {}
    pending = [_Part("", pattern.key.split("/"))]
    while pending:
        steps = list(connection.map(walk.step, pending)) if len(pending) > 1 else [walk.step(pending[0])]
        pending = []
        for matching, further in steps:
            pending += further
            for key, entry in matching:
                if entry is not None or key not in found:
                    found[key] = entry
    return dict(sorted(found.items()))


class _Part(NamedTuple):
    """The parts of a pattern that are still to be matched, and the key so far, empty or with a slash at its end."""

    base: str
    parts: list[str]


_Matching = list[tuple[str, Entry | None]]


class _Walk:
    def __init__(self, connection: Connection, pattern: Location) -> None:
        self._connection = connection
        self._at = pattern.at

    def step(self, part: _Part) -> tuple[_Matching, list[_Part]]:
        base, parts = part
        literal = next((n for n, part in enumerate(parts) if MAGIC.search(part)), len(parts))
        base += "".join(f"{part}/" for part in parts[:literal])
        parts = parts[literal:]
        if not parts:
            return self._named(base[:-1]), []
        if parts[0] == "**":
            return self._anywhere(base, parts[1:]), []
        return self._level(base, parts[0], parts[1:])

    def _named(self, key: str) -> _Matching:
        if (headers := head(self._connection, self._at(key))) is not None:
            return [(key, entry_of(key, headers))]
        return [(key, None)] if any_below(self._connection, self._at(key)) else []

    def _level(self, base: str, part: str, rest: list[str]) -> tuple[_Matching, list[_Part]]:
        fits = re.compile(f"(?s:{within(part)})").fullmatch
        magic = MAGIC.search(part)
        begins = base + part[: magic.start() if magic else None]
        found: _Matching = []
        further: list[_Part] = []
        for page in pages(self._connection, self._at(begins), delimiter="/"):
            if not rest:
                found += [(entry.key, entry) for entry in page.entries if fits(entry.key, len(base))]
            for prefix in page.prefixes:
                # Between two slashes there is no name that could match.
                if len(prefix) == len(base) + 1 or not fits(prefix, len(base), len(prefix) - 1):
                    continue
                if rest in ([], [""]):
                    found.append((prefix if rest else prefix[:-1], None))
                else:
                    further.append(_Part(prefix, rest))
        # The marker of the directory itself has no name either.
        return [(key, entry) for key, entry in found if key != base], further

    def _anywhere(self, base: str, rest: list[str]) -> _Matching:
        while rest[:1] == ["**"]:
            rest = rest[1:]
        fits = re.compile(f"(?s:{anywhere(rest)})").fullmatch
        found: _Matching = []
        directories: set[str] = set()
        there = False
        for page in pages(self._connection, self._at(base)):
            there = there or bool(page.entries)
            for entry in page.entries:
                name = entry.key[len(base) :]
                directories.update(_above(name))
                if name and not name.endswith("/") and fits(name):
                    found.append((entry.key, entry))
        ending = "/" if rest == [""] else ""
        found += [(base + name + ending, None) for name in directories if fits(name + ending)]
        if there and base and rest in ([], [""]):
            found.append((base, None))
        if len(rest) > 1 and rest[-1] == "**":
            # It may stand for nothing.
            above = re.compile(f"(?s:{anywhere(rest[:-1])})").fullmatch
            found += [(f"{base}{name}/", None) for name in directories if above(name)]
        return found


def _above(name: str) -> list[str]:
    """Return the directories that a name lies in, below where it begins."""
    parts = name.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts)) if parts[count]]
