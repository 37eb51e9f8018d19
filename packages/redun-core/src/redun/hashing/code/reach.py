"""From a living value to the piece of code that it stands for, and from names to values.

Floor: hashing.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, GenericAlias, ModuleType, UnionType
from typing import Any

from redun.hashing.code.classes import Class, file_of
from redun.hashing.code.functions import Function
from redun.hashing.code.names import Names, dotted
from redun.hashing.code.objects import (
    SCALARS,
    Origin,
    Structure,
    classes_within,
    is_opaque,
    is_task,
    qualified_name,
)
from redun.hashing.code.parts import Leaf, Part, Piece
from redun.hashing.code.project import Project
from redun.hashing.code.reading import Definition, Module, Reader, module_name
from redun.hashing.code.sources import Sources
from redun.hashing.digest import digest
from redun.hashing.values import hash_value

__all__ = ["Reach"]

_MISSING = object()
# What the import system says about a module, in which its location is.
_OF_MODULE = frozenset(
    (
        *("__name__", "__file__", "__path__", "__spec__", "__loader__", "__doc__", "__package__"),
        *("__builtins__", "__cached__", "__annotations__"),
    )
)


class Reach:
    """Follows references through the project's code.

    Parameters
    ----------
    project : Project
        What to follow.
    sources : Sources
        Where to read it.
    imported_at : float
        When this process began to import code, in seconds since the epoch: of files written later the text may differ
        from what is running.
    """

    def __init__(self, project: Project, sources: Sources, imported_at: float) -> None:
        self.project = project
        self.sources = sources
        self.reader = Reader(project, sources)
        self._imported_at = imported_at
        self._parts: dict[Piece, Part] = {}
        # With the values, so that no later one gets the id of an earlier one.
        self._pieces: dict[tuple[int, Origin | None], tuple[object, Piece]] = {}

    def read(self, piece: Piece) -> Part:
        """Read a piece, once."""
        part = self._parts.get(piece)
        if part is None:
            part = self._parts[piece] = piece.read()
        return part

    def is_recent(self, filename: str) -> bool:
        """Tell whether a file may have been written after the code that runs was made from it.

        That is so if it was written when its module may have been imported already, or when Python may have compiled
        it already: Python takes what it compiled within the same second for up to date if the size is the same.
        """
        # File systems may round times by up to two seconds.
        changed = self.sources.changed_at(filename) + 2
        compiled = self.sources.compiled_at(filename)
        return changed > self._imported_at or (compiled is not None and changed > compiled)

    def owns_function(self, function: FunctionType) -> bool:
        return self.project.owns(function.__code__.co_filename, module_name(function.__globals__))

    def owns_class(self, cls: type) -> bool:
        return cls.__module__ != "builtins" and self.project.owns(file_of(cls), str(cls.__module__))

    def owns_module(self, module: ModuleType) -> bool:
        folders = list(getattr(module, "__path__", None) or [None])
        return self.project.owns(getattr(module, "__file__", None) or folders[0], module.__name__)

    def holds_code(self, value: object) -> bool:
        """Tell whether a value is or holds code of the project."""
        holds, classes = classes_within(self, value)
        return holds or bool(classes)

    def is_task_decorator(self, module: Module, namespace: Mapping[str, Any], decorator: ast.expr) -> bool:
        """Tell whether a decorator is redun's: its options do not change what the function does."""
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        value, *_ = self._follow(namespace, dotted(target) or "", module)
        if value is _MISSING:
            return self.reader.is_task_decorator(module, decorator)
        return self.project.is_redun(getattr(value, "__module__", None))

    def references(
        self,
        names: Names,
        namespace: Mapping[str, Any],
        module: Module,
        cells: Mapping[str, object],
        owner: str,
    ) -> dict[str, Piece]:
        """Find what the names in a piece of code stand for, each under the part of the name that was followed.

        Parameters
        ----------
        names : Names
            What the code takes from its surroundings.
        namespace : mapping
            The globals of the code.
        module : Module
            The module of these globals.
        cells : mapping
            Values of the variables of surrounding functions.
        owner : str
            Name of the piece of code, for people.
        """
        found: dict[str, Piece] = {}
        for chain in names.chains:
            base = chain.partition(".")[0]
            if base in names.imports:
                for number, piece in enumerate(self.reader.resolve(module, chain, names)):
                    found[f"{chain} {number}"] = piece
            elif base in cells:
                found[base] = self.piece(cells[base], f"{owner}.<closure>.{base}")
            elif base not in _OF_MODULE:
                value, followed, where, name = self._follow(namespace, chain, module)
                if value is not _MISSING and followed not in found:
                    found[followed] = self.piece(value, f"{where.name}.{name}", origin=(where, name))
        return found

    def _follow(
        self, namespace: Mapping[str, Any], chain: str, module: Module
    ) -> tuple[Any, str, Module, str]:
        """Follow a name through the project's modules.

        Returns
        -------
        value : object
            What it leads to.
        followed : str
            The part of the name that was followed.
        module, name
            The module that holds the value, and its name there.
        """
        name, *rest = chain.split(".")
        value = namespace.get(name, _MISSING)
        followed = name
        while rest and isinstance(value, ModuleType) and self.owns_module(value):
            try:
                attribute = getattr(value, rest[0])
            except Exception:
                return _MISSING, followed, module, name
            module = Module.of(vars(value), getattr(value, "__file__", None) or "")
            value, name = attribute, rest.pop(0)
            followed += f".{name}"
        return value, followed, module, name

    def piece(
        self, value: object, name: str, *, origin: Origin | None = None, within: Origin | None = None
    ) -> Piece:
        """Find the piece of code that a value stands for.

        Parameters
        ----------
        value : object
            Any value.
        name : str
            For people, if the value has no name of its own.
        origin : tuple of Module and str, optional
            The module that holds the value, and its name there.
        within : tuple of Module and str, optional
            The same of a value that this one is a part of.
        """
        if type(value) in SCALARS:
            return self._from_location(value, origin) or self._constant(value, name, None, [], origin)
        key = id(value), origin or within
        known = self._pieces.get(key)
        if known is None:
            known = self._pieces[key] = value, self._piece(value, name, origin, within)
        return known[1]

    def _piece(self, value: object, name: str, origin: Origin | None, within: Origin | None) -> Piece:
        if is_task(value):
            fullname = str(getattr(value, "fullname", name))
            return Leaf(
                fullname, digest(b"code task", fullname.encode("utf-8", "surrogatepass")), kind="task"
            )
        if isinstance(value, FunctionType) and self.owns_function(value):
            return Function(value, self)
        if isinstance(value, type) and self.owns_class(value):
            return Class(value, self)
        if isinstance(value, ModuleType) and self.owns_module(value):
            return Leaf(value.__name__, digest(b"code module"), kind="module")
        holds_code, classes = classes_within(self, value)
        if holds_code and not (
            is_opaque(value) and not self.owns_class(type(value)) and _content(value) is None
        ):
            return Structure(value, name, origin or within, self)
        return self._foreign(value, origin, classes) or self._constant(value, name, origin or within, classes)

    def _foreign(self, value: object, origin: Origin | None, classes: list[type]) -> Piece | None:
        """Return what stands for a thing of other people's packages: how it is imported, or else its name."""
        sources = [] if origin is None or classes else self.reader.resolve(*origin)
        imports = sorted(source.name for source in sources if isinstance(source, Leaf))
        if imports and len(imports) == len(sources):
            return Leaf("|".join(imports), digest(b"code import", *(name.encode() for name in imports)))
        if isinstance(value, type | FunctionType | BuiltinFunctionType | ModuleType):
            qualname = qualified_name(value)
            return _definition(sources) or Leaf(qualname, digest(b"code foreign", qualname.encode()))
        return None

    def _constant(
        self,
        value: object,
        name: str,
        origin: Origin | None,
        classes: list[type],
        assigned: Origin | None = None,
    ) -> Piece:
        """Return what stands for a value: its content, or else its assignment, or else its class."""
        located = self._from_location(value, origin)
        if located is not None:
            return located
        # The content of a type hint names the classes in it, but not their code.
        is_hint = isinstance(value, GenericAlias | UnionType) or type(value).__module__ == "typing"
        content = None if is_hint else _content(value)
        if content is None:
            definition = _definition(self.reader.resolve(*origin)) if origin else None
            if definition is not None:
                return definition
            content = _content(value) or digest(b"code foreign", qualified_name(type(value)).encode())
        holds = tuple(Class(cls, self) for cls in classes)
        return Leaf(name, content, holds, "constant", origin or assigned)

    def _from_location(self, value: object, origin: Origin | None) -> Definition | None:
        """Return the assignment of an absolute path, if the path is computed from where a module lies."""
        if origin is None or not isinstance(value, str | PurePath) or not os.path.isabs(value):
            return None
        definition = _definition(self.reader.resolve(*origin))
        return definition if definition is not None and definition.depends_on_location() else None


def _definition(pieces: list[Piece]) -> Definition | None:
    return next((piece for piece in pieces if isinstance(piece, Definition)), None)


def _content(value: object) -> bytes | None:
    """Digest a value by its content; None if it has none that lasts."""
    try:
        return digest(b"code value", hash_value(value))
    except Exception:
        # Classes may raise anything from their own pickling.
        return None
