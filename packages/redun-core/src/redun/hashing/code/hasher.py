"""Hashing functions with all the project's code that they reach.

Floor: hashing.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

from redun.hashing.code.classes import Class
from redun.hashing.code.functions import Function
from redun.hashing.code.objects import qualified_name
from redun.hashing.code.parts import Part, Piece, digest_reached, reached
from redun.hashing.code.project import Project
from redun.hashing.code.reach import Reach
from redun.hashing.code.sources import Sources
from redun.hashing.digest import digest

__all__ = ["CodeHasher"]


class CodeHasher:
    """Hashes functions, reading each module and each piece of code at most once.

    Not safe to be used by several threads at a time.

    Parameters
    ----------
    source_only : bool, default False
        Hash the function's own code alone, not what it reaches.
    imported_at : float, optional
        When this process began to import code, in seconds since the epoch. The default is when `redun.hashing.code` was
        imported. The source of a function counts only if its file is older or still compiles to the code that is
        running; otherwise the running code itself is hashed.
    """

    def __init__(self, *, source_only: bool = False, imported_at: float | None = None) -> None:
        from redun.hashing.code import IMPORTED_AT

        self._source_only = source_only
        self._imported_at = IMPORTED_AT if imported_at is None else imported_at
        self._sources = Sources()
        self._project = Project()
        self._reaches: dict[str | None, Reach] = {}
        self._hashes: dict[tuple[int, str | None], tuple[object, bytes]] = {}

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
        if known is None:
            parts = self._parts(func)
            content = digest_reached(parts)
            if name is not None:
                content = digest(b"code named", name.encode("utf-8", "surrogatepass"), content)
            # The function is kept too, so that no other one gets its id.
            known = self._hashes[key] = func, content
        return known[1]

    def describe(self, func: object) -> list[tuple[str, bytes]]:
        """List the parts that count in the hash of a function, itself first.

        Returns
        -------
        list of tuple of str and bytes
            Qualified name and digest of each part alone. Comparing two such lists tells which edit changed a hash.
        """
        return [(part.name, part.digest) for part, _ in self._parts(func)]

    def forget(self) -> None:
        """Forget what is known of living code, so that changed globals and redefined functions are seen.

        Parsed modules are kept as long as their files do not change.
        """
        self._hashes.clear()
        self._reaches.clear()

    def _parts(self, func: object) -> list[tuple[Part, list[int]]]:
        reach, root = self._root(func)
        if self._source_only:
            own = root.own() if isinstance(root, Function | Class) else reach.read(root)
            return [(Part(own.name, own.digest), [])]
        return reached(root, reach.read)

    def _root(self, func: Any) -> tuple[Reach, Piece]:
        """Find where to begin; code that is asked for by name counts even if it is installed."""
        owner = func
        while not isinstance(owner, FunctionType | type) and hasattr(owner, "__func__"):
            owner = owner.__func__
        project = self._reach(None)
        if isinstance(owner, FunctionType):
            owned = project.owns_function(owner)
            module = owner.__globals__.get("__name__")
        elif isinstance(owner, type):
            owned, module = project.owns_class(owner), owner.__module__
        else:
            owned, module = True, None
        if owned or not isinstance(module, str):
            return project, project.piece(func, qualified_name(func))
        # An installed package of workflows is the project of its own tasks; redun is nobody's.
        reach = project if self._project.is_redun(module) else self._reach(module.partition(".")[0])
        if isinstance(func, FunctionType):
            return reach, Function(func, reach)
        return reach, reach.piece(func, qualified_name(func))

    def _reach(self, including: str | None) -> Reach:
        reach = self._reaches.get(including)
        if reach is None:
            project = self._project if including is None else Project(including=including)
            reach = self._reaches[including] = Reach(project, self._sources, self._imported_at)
        return reach
