"""What a name stands for, found by reading alone: nothing is imported and no object is looked at.

Floor: hashing. This serves imports within functions, which must mean the same whether or not they have run yet; names
that come from other people's packages, known by how they are imported; and globals without a content hash, known by
their assignment.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from redun.hashing.code.names import ImportedName, Names, dotted, free_names, imports_of
from redun.hashing.code.normalise import dump
from redun.hashing.code.parts import Leaf, Part, Piece
from redun.hashing.code.project import Project
from redun.hashing.code.sources import Sources
from redun.hashing.digest import digest

__all__ = ["Definition", "Module", "Reader", "module_name"]


_Step = tuple[ImportedName, list[str]]
"""What is imported, and the attributes still to be taken from it."""


@frozen
class Module:
    """A module of the project, perhaps not imported yet."""

    name: str
    filename: str
    package: str = field(eq=False)
    """What its relative imports are relative to."""

    @classmethod
    def of(cls, namespace: Mapping[str, Any], filename: str) -> Module:
        """Describe the module with these globals, of which a piece of code was read from a file."""
        name = module_name(namespace)
        package = namespace.get("__package__")
        if not isinstance(package, str):
            package = name if "__path__" in namespace else name.rpartition(".")[0]
        return cls(name, filename, package)


def module_name(namespace: Mapping[str, Any]) -> str:
    """Return the name of the module with these globals."""
    name = namespace.get("__name__")
    return name if isinstance(name, str) else "__main__"


@frozen
class Definition:
    """The statements that bind a name at the top level of a module."""

    module: Module
    name: str
    reader: Reader = field(eq=False, repr=False)

    def read(self) -> Part:
        qualname = f"{self.module.name}.{self.name}"
        statements = self.statements()
        reader = self.reader
        if any(reader.is_task(self.module, statement) for statement in statements):
            return Part(qualname, digest(b"code task", self.name.encode()))
        functions_only = all(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in statements)
        references: dict[str, Piece] = {}
        names = free_names(statements)
        for chain in names.chains:
            for number, piece in enumerate(reader.resolve(self.module, chain, names)):
                references[f"{chain} {number}"] = piece
        return Part(
            qualname, digest(b"code definition", dump(statements, anonymous=functions_only)), references
        )

    def statements(self) -> list[ast.stmt]:
        source = self.reader.sources.of(self.module.filename)
        return [] if source is None else source.bindings(self.name)

    def depends_on_location(self) -> bool:
        """Tell whether the value is computed from the path of a module."""
        seen: set[Definition] = set()
        todo = [self]
        while todo:
            definition = todo.pop()
            if definition in seen:
                continue
            seen.add(definition)
            statements = definition.statements()
            if not all(isinstance(statement, ast.Assign | ast.AnnAssign) for statement in statements):
                continue
            names = free_names(statements)
            for chain in names.chains:
                if chain.partition(".")[0] == "__file__":
                    return True
                found = self.reader.resolve(definition.module, chain, names)
                todo += [piece for piece in found if isinstance(piece, Definition)]
        return False


class Reader:
    """Resolves names by reading the project's modules."""

    def __init__(self, project: Project, sources: Sources) -> None:
        self.project = project
        self.sources = sources
        self._modules: dict[str, Module | None] = {}

    def is_task(self, module: Module, statement: ast.stmt) -> bool:
        """Tell whether a statement defines a task."""
        return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            self.is_task_decorator(module, decorator) for decorator in statement.decorator_list
        )

    def is_task_decorator(self, module: Module, decorator: ast.expr) -> bool:
        """Tell whether a decorator is redun's: its options do not change what the function does."""
        if isinstance(decorator, ast.Call):
            decorator = decorator.func
        chain = dotted(decorator)
        if chain is None:
            return False
        found = self.resolve(module, chain)
        if not found:
            # Imported within a function or in another cell of a notebook.
            return chain.rpartition(".")[2] == "task"
        return all(isinstance(piece, Leaf) and self.project.is_redun(piece.name) for piece in found)

    def resolve(self, module: Module, chain: str, names: Names | None = None) -> list[Piece]:
        """Find what a name with attributes stands for at the top level of a module.

        Parameters
        ----------
        module : Module
            Where the name is used.
        chain : str
            Such as ``helpers.f``.
        names : Names, optional
            Of the code that uses the name: its own imports come first.

        Returns
        -------
        list of Piece
            Definitions in the project, or leaves that name what is imported from elsewhere; several if the name is
            imported in several ways, none for builtins and names bound in no visible way.
        """
        found: dict[Piece, None] = {}
        todo: list[_Step] = []
        base, *rest = chain.split(".")
        if names is not None and base in names.imports:
            todo += [(_absolute(module, imported), rest) for imported in names.imports[base]]
        elif self.project.owns(module.filename, module.name):
            self._look_up(module, [base, *rest], todo, found)
        seen: set[tuple[str, ...]] = set()
        for imported, rest in todo:
            path = rest if imported.attribute is None else [imported.attribute, *rest]
            key = imported.module, *path
            if key in seen:
                continue
            seen.add(key)
            target = self.find(imported.module)
            if target is None:
                found[_foreign(".".join(key))] = None
            elif path and not self._look_up(target, path, todo, found):
                todo.append((ImportedName(f"{imported.module}.{path[0]}"), path[1:]))
        return list(found)

    def _look_up(self, module: Module, path: list[str], todo: list[_Step], found: dict[Piece, None]) -> bool:
        """Look up the first name of a path at the top level of a module; tell whether it is bound there."""
        source = self.sources.of(module.filename)
        if source is None:
            return False
        name, *rest = path
        steps: list[_Step] = []
        statements = source.bindings(name)
        for statement in statements:
            if not isinstance(statement, ast.Import | ast.ImportFrom):
                found[Definition(module, name, self)] = None
                return True
            for bound, relative in imports_of(statement):
                if bound == name:
                    imported = _absolute(module, relative)
                    # `from . import part` in a package binds the submodule, not a name of the package itself.
                    if imported == ImportedName(module.name, name):
                        imported = ImportedName(f"{module.name}.{name}")
                    steps.append((imported, rest))
        if not statements:
            for star in source.stars:
                imported = _absolute(module, star)
                target = self.find(imported.module)
                there = self.sources.of(target.filename) if target not in (None, module) else None
                if there is not None and (there.bindings(name) or there.stars):
                    steps.append((ImportedName(imported.module, name), rest))
        todo += steps
        return bool(steps)

    def find(self, name: str) -> Module | None:
        """Find a module of the project without importing it; None if it belongs to somebody else or does not exist."""
        if name not in self._modules:
            self._modules[name] = self._find(name)
        return self._modules[name]

    def _find(self, name: str) -> Module | None:
        loaded = sys.modules.get(name)
        spec = getattr(loaded, "__spec__", None) or _find_spec(name)
        filename = getattr(loaded, "__file__", None) or getattr(spec, "origin", None)
        locations = getattr(spec, "submodule_search_locations", None)
        where = filename
        if not isinstance(filename, str):
            # A namespace package has folders, but no file.
            where = filename = next(iter(locations or ()), None)
        if not isinstance(filename, str) or not self.project.owns(where, name):
            return None
        return Module(name, filename, name if locations is not None else name.rpartition(".")[0])


def _absolute(module: Module, imported: ImportedName) -> ImportedName:
    """Spell out a relative import."""
    name = imported.module
    if imported.level:
        package = module.package.split(".")
        base = ".".join(package[: len(package) - imported.level + 1])
        name = f"{base}.{name}" if name and base else name or base
    return ImportedName(name, imported.attribute)


def _foreign(name: str) -> Leaf:
    return Leaf(name, digest(b"code import", name.encode("utf-8", "surrogatepass")))


def _find_spec(name: str) -> object:
    """Ask the import system where a module is; unlike `importlib.util.find_spec` this imports no parent package."""
    parent, _, _ = name.rpartition(".")
    path = None
    if parent:
        loaded = sys.modules.get(parent)
        path = getattr(loaded, "__path__", None)
        if path is None:
            path = getattr(_find_spec(parent), "submodule_search_locations", None)
        if path is None:
            return None
    for finder in sys.meta_path:
        try:
            spec = finder.find_spec(name, path)
        except Exception:
            continue
        if spec is not None:
            return spec
    return None
