"""Hashing functions with all the project's code that they reach.

Floor: hashing.
"""

from __future__ import annotations

from threading import RLock
from types import FunctionType
from typing import TYPE_CHECKING

from redun.hashing import IMPORTED_AT
from redun.hashing.code.classes import Class
from redun.hashing.code.functions import Function
from redun.hashing.code.objects import attributes, qualified_name
from redun.hashing.code.parts import Part, Piece, digest_reached, reached, walk
from redun.hashing.code.project import Project
from redun.hashing.code.reach import Reach
from redun.hashing.code.reading import module_name
from redun.hashing.code.sources import Sources
from redun.hashing.digest import digest

if TYPE_CHECKING:
    from redun.hashing.code.description import DescribedPart

__all__ = ["CodeHasher"]


class CodeHasher:
    """Hashes functions, reading each module and each piece of code at most once.

    Parameters
    ----------
    source_only : bool, default False
        Hash the function's own code alone, not what it reaches.
    imported_at : float, optional
        When this process began to import code, in seconds since the epoch. The default is when redun was
        imported. The source of a function counts only if its file is older or still compiles to the code that is
        running; otherwise the running code itself is hashed.
    """

    def __init__(self, *, source_only: bool = False, imported_at: float | None = None) -> None:
        self._source_only = source_only
        self._imported_at = IMPORTED_AT if imported_at is None else imported_at
        self._sources = Sources()
        self._project = Project()
        self._reaches: dict[str | None, Reach] = {}
        self._hashes: dict[tuple[int, str | None], tuple[object, bytes]] = {}
        self._lock = RLock()
        self._hashing = False

    def hash(self, func: object, *, name: str | None = None) -> bytes:
        """Hash a function, class or other callable with the project's code that it reaches.

        Parameters
        ----------
        func : callable
            What to hash. Nothing raises: for want of source its compiled code counts, for want of that its name.
        name : str, optional
            Counts in addition. The name in the ``def`` statement does not.

        Returns
        -------
        bytes
            20 bytes.
        """
        key = id(func), name
        known = self._hashes.get(key)
        if known is not None:
            return known[1]
        parts, within = self._parts(func)
        content = digest_reached(parts)
        if name is not None:
            content = digest(b"code named", name.encode("utf-8", "surrogatepass"), content)
        if not within:
            # The function is kept too, so that no other one gets its id.
            self._hashes[key] = func, content
        return content

    def describe(self, func: object) -> list[tuple[str, bytes]]:
        """List the parts that count in the hash of a function, itself first.

        Returns
        -------
        list of tuple of str and bytes
            Qualified name and digest of each part alone. Comparing two such lists tells which edit changed a hash.
        """
        return [(part.name, part.digest) for part, _ in self._parts(func)[0]]

    def describe_in_full(self, func: object) -> tuple[bytes, list[DescribedPart]]:
        """Return the hash of a function, as `hash` does, and its parts with their source and how they are reached."""
        from redun.hashing.code.description import described

        with self._lock:
            reach = self._reach_for(func)
            root = self._root(func, reach)
            pieces, parts = walk(root, reach.read)
            return digest_reached(parts), described(pieces, parts, reach.sources)

    def forget(self) -> None:
        """Forget what is known of living code, so that changed globals and redefined functions are seen.

        Parsed modules are kept as long as their files do not change.
        """
        with self._lock:
            self._hashes.clear()
            self._reaches.clear()

    def _parts(self, func: object) -> tuple[list[tuple[Part, list[int]]], bool]:
        """Read what counts in a hash, and tell whether it was asked for within another hash."""
        with self._lock:
            # The hash of a value that a function refers to may ask for that of the function: only here is there an end.
            within = self._hashing
            self._hashing = True
            try:
                reach = self._reach_for(func)
                root = self._root(func, reach)
                if not (self._source_only or within):
                    return reached(root, reach.read), within
                own = root.own() if isinstance(root, Function | Class) else reach.read(root)
                return [(Part(own.name, own.digest), [])], within
            finally:
                self._hashing = within

    def _root(self, func: object, reach: Reach) -> Piece:
        """Find the piece to begin with: of a function that is asked for the code counts, even if it is not followed."""
        if isinstance(func, FunctionType) and not self._project.is_library(func.__code__.co_filename):
            return Function(func, reach)
        return reach.piece(func, qualified_name(func))

    def _reach_for(self, func: object) -> Reach:
        """Return what follows the code of the project, or for an installed task that of its package."""
        reach = self._reach(None)
        body = func
        for _ in range(100):
            if isinstance(body, FunctionType) or "__wrapped__" not in attributes(body):
                break
            body = attributes(body)["__wrapped__"]
        if (
            isinstance(body, FunctionType)
            and not reach.owns_function(body)
            and Function(body, reach).is_task_body()
        ):
            return self._reach(module_name(body.__globals__).partition(".")[0])
        return reach

    def _reach(self, including: str | None) -> Reach:
        reach = self._reaches.get(including)
        if reach is None:
            project = self._project if including is None else Project(including=including)
            reach = self._reaches[including] = Reach(project, self._sources, self._imported_at)
        return reach
