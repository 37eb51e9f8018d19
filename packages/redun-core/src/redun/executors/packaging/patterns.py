"""Patterns of paths, as `glob` reads them.

Floor: executors. A pattern is matched against a path that is known already, so that one walk serves all patterns, and
tells which folders it need not look into.
"""

from __future__ import annotations

import os
import re

import attrs

from redun.errors import ConfigError

__all__ = ["Pattern"]

_MAGIC = re.compile(r"[*?[]")
_SET = re.compile(r"\[(!?)(\]?[^\]]*)\]")


@attrs.frozen
class Pattern:
    """One pattern of paths below a folder, `/` between their parts.

    Attributes
    ----------
    parts : tuple of str
        What stands between the slashes.
    literal : bool
        There are no wildcards in it.

    Examples
    --------
    >>> pattern = Pattern.of("src/**/*.py", "/project")
    >>> pattern.matches("src/a/b.py"), pattern.matches("src/c.py"), pattern.matches("src/.d/e.py")
    (True, True, False)
    >>> pattern.looks_into("src/a"), pattern.looks_into("data")
    (True, False)
    """

    parts: tuple[str, ...]
    _expression: re.Pattern[str]
    _fixed: tuple[str, ...]

    @classmethod
    def of(cls, text: str, root: str, *, hidden: bool = False) -> Pattern:
        """Read a pattern.

        Parameters
        ----------
        text : str
            Relative to `root`, or below it.
        root : str
            An absolute folder.
        hidden : bool
            Wildcards stand for hidden files and folders too.

        Raises
        ------
        ConfigError
            It leads out of the folder.
        """
        relative = os.path.relpath(text, root) if os.path.isabs(text) else text
        parts = tuple(part for part in relative.split("/") if part not in ("", "."))
        if ".." in parts or not parts:
            raise ConfigError(
                f"The pattern {text!r} of a code package must name what lies below the project's folder {root}."
            )
        fixed = next((at for at, part in enumerate(parts) if _MAGIC.search(part)), len(parts))
        return cls(parts, re.compile(_translated(parts, hidden), re.DOTALL), parts[:fixed])

    @property
    def _names_hidden(self) -> bool:
        return any(part.startswith(".") for part in self.parts[len(self._fixed) :])

    @property
    def literal(self) -> bool:
        """There are no wildcards in it."""
        return len(self._fixed) == len(self.parts)

    def matches(self, path: str) -> bool:
        """Tell whether it stands for a path."""
        return self._expression.fullmatch(path) is not None

    def looks_into(self, folder: str) -> bool:
        """Tell whether it may stand for something below a folder."""
        parts = folder.split("/")
        if "**" not in self.parts and len(parts) >= len(self.parts):
            return False
        if any(part.startswith(".") for part in parts[len(self._fixed) :]) and not self._names_hidden:
            return False
        return all(have == want for have, want in zip(parts, self._fixed, strict=False))


def _translated(parts: tuple[str, ...], hidden: bool) -> str:
    some_part = "[^/]+" if hidden else r"(?!\.)[^/]+"
    pieces = []
    for part in parts[:-1]:
        pieces.append(f"(?:{some_part}/)*" if part == "**" else _part(part, hidden) + "/")
    last = parts[-1]
    # As for a shell: all that lies below.
    pieces.append(f"(?:{some_part}/)*{some_part}" if last == "**" else _part(last, hidden))
    return "".join(pieces)


def _part(part: str, hidden: bool) -> str:
    found = "" if hidden or not _MAGIC.match(part) else r"(?!\.)"
    at = 0
    while at < len(part):
        letter = part[at]
        letters = _SET.match(part, at) if letter == "[" else None
        if letters is not None:
            inside = (
                letters[2].replace("\\", r"\\").replace("[", r"\[").replace("]", r"\]").replace("^", r"\^")
            )
            # In both Python's sets and a shell's a dash between two letters is a range.
            found += f"[{'^/' if letters[1] else ''}{inside}]"
            at = letters.end()
            continue
        found += "[^/]*" if letter == "*" else "[^/]" if letter == "?" else re.escape(letter)
        at += 1
    return found
