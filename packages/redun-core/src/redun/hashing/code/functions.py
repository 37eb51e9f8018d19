"""A living function: its source, or its compiled code for want of one, and what it refers to.

Floor: hashing.
"""

from __future__ import annotations

import ast
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from redun.hashing.code.locate import AnyFunction, compiles_to, function_node
from redun.hashing.code.names import Names, free_names, names_in_code
from redun.hashing.code.normalise import dump, dump_code
from redun.hashing.code.objects import closure
from redun.hashing.code.parts import Part, Piece
from redun.hashing.code.reading import Module, module_name
from redun.hashing.digest import digest

if TYPE_CHECKING:
    from redun.hashing.code.reach import Reach

__all__ = ["Function", "live_function_node"]


@frozen
class Function:
    """A function written in Python."""

    # A field declared as a function is a method in the eyes of a type checker.
    function: Any = field(eq=id)
    reach: Reach = field(eq=False, repr=False)

    @property
    def name(self) -> str:
        return f"{module_name(self.function.__globals__)}.{self.function.__code__.co_qualname}"

    def own(self) -> Part:
        """Digest the function's own code, without what it refers to."""
        return Part(self.name, self._own()[0])

    def is_task_body(self) -> bool:
        """Tell whether the function is decorated as a task of redun."""
        function, reach = self.function, self.reach
        node = live_function_node(reach, function)
        module = Module.of(function.__globals__, function.__code__.co_filename)
        return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            reach.is_task_decorator(module, function.__globals__, decorator)
            for decorator in node.decorator_list
        )

    def _own(self) -> tuple[bytes, Names, Module]:
        function, reach = self.function, self.reach
        code, namespace = function.__code__, function.__globals__
        module = Module.of(namespace, code.co_filename)
        node = live_function_node(reach, function)
        if node is None:
            modules = {name: value for name, value in namespace.items() if isinstance(value, ModuleType)}
            return digest(b"code object", dump_code(code)), names_in_code(code, modules), module

        def skip(decorator: ast.expr) -> bool:
            return reach.is_task_decorator(module, namespace, decorator)

        body = dump([node], skip_decorator=skip, anonymous=True)
        return digest(b"code function", body), free_names([node], skip_decorator=skip), module

    def read(self) -> Part:
        function, reach = self.function, self.reach
        own, names, module = self._own()
        cells = closure(function)
        references = reach.references(names, function.__globals__, module, cells, self.name)
        # What is around a task counts the task, which may have a version, and not its code.
        wrapped = vars(function).get("__redun_wrapped__") or vars(function).get("__wrapped__")
        if wrapped is not None:
            references["__wrapped__"] = reach.piece(wrapped, f"{self.name}.__wrapped__")
        references.update(self._defaults())
        return Part(self.name, own, references)

    def _defaults(self) -> dict[str, Piece]:
        """Find the values of defaults: those of lambdas in a loop come from no name that can be followed."""
        function = self.function
        if "<" not in function.__code__.co_qualname:
            return {}
        values = [*enumerate(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items()]
        return {
            f"default {key}": self.reach.piece(value, f"{self.name}.<default {key}>") for key, value in values
        }


def live_function_node(reach: Reach, function: FunctionType) -> AnyFunction | None:
    """Find the syntax of a function, or None if there is no source or it is not what is running."""
    code = function.__code__
    source = reach.sources.of(code.co_filename)
    if source is None:
        return None
    node = function_node(source, code)
    if node is not None and reach.is_recent(code.co_filename) and not compiles_to(source, node, code):
        return None
    return node
