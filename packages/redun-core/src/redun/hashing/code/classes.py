"""A living class: its definition with all its methods, its bases, and what these refer to.

Floor: hashing.
"""

from __future__ import annotations

import ast
import sys
from types import FunctionType
from typing import TYPE_CHECKING

from attrs import field, frozen

from redun.hashing.code.functions import live_function_node
from redun.hashing.code.locate import class_nodes
from redun.hashing.code.names import free_names
from redun.hashing.code.normalise import dump
from redun.hashing.code.objects import closure, qualified_name
from redun.hashing.code.parts import Part, Piece
from redun.hashing.code.reading import Module
from redun.hashing.digest import digest

if TYPE_CHECKING:
    from redun.hashing.code.reach import Reach

__all__ = ["Class", "file_of"]

# What every class has, or what says where it was defined rather than what it does.
_INCIDENTAL = frozenset(
    (
        *("__module__", "__qualname__", "__doc__", "__firstlineno__", "__static_attributes__"),
        *("__dict__", "__weakref__", "__slots__", "__hash__", "__abstractmethods__", "_abc_impl"),
        *("__annotations__", "__annotate__", "__parameters__", "__orig_bases__"),
    )
)


@frozen
class Class:
    """A class of the project."""

    cls: type = field(eq=id)
    reach: Reach = field(eq=False, repr=False)

    @property
    def name(self) -> str:
        return qualified_name(self.cls)

    def own(self) -> Part:
        """Digest the class's own code, without what it refers to."""
        own = self.read()
        return Part(own.name, own.digest)

    def read(self) -> Part:
        cls, reach = self.cls, self.reach
        methods = _methods(cls)
        namespace = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
        filename = file_of(cls)
        nodes = [] if filename is None else self._nodes(filename, methods)
        references: dict[str, Piece] = {}
        if nodes:
            module = Module.of(namespace, filename or "")

            def skip(decorator: ast.expr) -> bool:
                return reach.is_task_decorator(module, namespace, decorator)

            own = dump(nodes, skip_decorator=skip)
            cells = {name: value for method in methods.values() for name, value in closure(method).items()}
            names = free_names(nodes, skip_decorator=skip)
            references.update(reach.references(names, namespace, module, cells, self.name))
            attributes: dict[str, object] = {
                name: method
                for name, method in methods.items()
                if not _is_defined_in(cls, method) and reach.holds_code(method)
            }
        else:
            own = cls.__qualname__.encode()
            attributes = {name: value for name, value in vars(cls).items() if name not in _INCIDENTAL}
        for name, value in attributes.items():
            references[f"attribute {name}"] = reach.piece(value, f"{self.name}.{name}")
        for number, base in enumerate((*cls.__bases__, type(cls))):
            if reach.owns_class(base):
                references[f"base {number}"] = reach.piece(base, qualified_name(base))
        return Part(self.name, digest(b"code class", own), references)

    def statements(self) -> list[ast.stmt]:
        """List the statements that define the class, as far as they can be read."""
        filename = file_of(self.cls)
        return [] if filename is None else self._nodes(filename, _methods(self.cls))

    def _nodes(self, filename: str, methods: dict[str, FunctionType]) -> list[ast.stmt]:
        """Find the statement that defines the class, or the call that makes it, such as that of `namedtuple`."""
        reach = self.reach
        source = reach.sources.of(filename)
        if source is None:
            return []
        defined = [
            method
            for method in methods.values()
            if method.__code__.co_filename == filename and _is_defined_in(self.cls, method)
        ]
        if reach.is_recent(filename) and any(live_function_node(reach, method) is None for method in defined):
            return []
        name = self.cls.__qualname__
        found = class_nodes(source, name, [method.__code__.co_firstlineno for method in defined])
        if found:
            return [*found]
        return [node for node in source.bindings(name) if isinstance(node, ast.Assign | ast.AnnAssign)]


def _methods(cls: type) -> dict[str, FunctionType]:
    """Return the functions among the attributes of a class, unwrapped."""
    found: dict[str, FunctionType] = {}
    for name, value in vars(cls).items():
        if isinstance(value, staticmethod | classmethod):
            value = value.__func__
        if isinstance(value, property):
            accessors = {"get": value.fget, "set": value.fset, "delete": value.fdel}
            found.update(
                {
                    f"{name} {kind}": accessor
                    for kind, accessor in accessors.items()
                    if isinstance(accessor, FunctionType)
                }
            )
        elif isinstance(value, FunctionType):
            found[name] = value
    return found


def _is_defined_in(cls: type, method: FunctionType) -> bool:
    """Whether a method stands in the body of its class, or was generated for it, and was not put in from elsewhere."""
    return method.__qualname__.startswith(f"{cls.__qualname__}.") or method.__code__.co_filename.startswith(
        "<"
    )


def file_of(cls: type) -> str | None:
    """Return the file in which a class is defined, or what stands for it in a notebook."""
    filename = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if isinstance(filename, str):
        return filename
    own = [
        method.__code__.co_filename
        for name, method in _methods(cls).items()
        if method.__qualname__.startswith(f"{cls.__qualname__}.") and method.__module__ == cls.__module__
    ]
    return own[0] if own else None
