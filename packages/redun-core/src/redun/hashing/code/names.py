"""Which names of its surroundings a piece of code uses, and what it imports for itself.

Floor: hashing. A name that is an argument, a local variable or a loop target somewhere inside is no name of the
surroundings there, even if a global of the same name exists.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from types import CodeType
from typing import Any

from attrs import field, frozen

__all__ = ["ImportedName", "Names", "dotted", "free_names", "imports_of", "names_in_code"]


@frozen
class ImportedName:
    """What an import statement binds to a name: a module, or an attribute of one."""

    module: str
    attribute: str | None = None
    level: int = 0
    """Leading dots of a relative import."""


@frozen
class Names:
    """The names a piece of code takes from outside itself."""

    chains: frozenset[str]
    """Names with the attributes taken from them, such as ``helpers.f``."""
    imports: dict[str, list[ImportedName]] = field(factory=dict)
    """Names bound by import statements within the code."""


class _Scope:
    __slots__ = ("bound", "is_class", "is_comprehension", "loads", "of_global", "of_parent", "parent")

    def __init__(
        self, parent: _Scope | None, *, is_class: bool = False, is_comprehension: bool = False
    ) -> None:
        self.parent = parent
        self.is_class = is_class
        self.is_comprehension = is_comprehension
        self.bound: set[str] = set()
        self.of_global: set[str] = set()
        self.of_parent: set[str] = set()
        self.loads: set[str] = set()

    def is_free(self, name: str) -> bool:
        """Whether a name used here comes from outside of all the scopes."""
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.of_global:
                return True
            # Names of a class body are not visible in its methods, and may be read there before they are bound.
            if name in scope.bound and name not in scope.of_parent and not scope.is_class:
                return False
            scope = scope.parent
        return True


def free_names(
    nodes: Iterable[ast.AST], *, skip_decorator: Callable[[ast.expr], bool] | None = None
) -> Names:
    """Find the names that the code takes from its surroundings.

    Parameters
    ----------
    nodes : iterable of ast.AST
        Statements or expressions. What they bind at their own level counts as surroundings.
    skip_decorator : callable, optional
        Decorators for which it answers true are left out.
    """
    walk = _Walk(skip_decorator)
    walk.run(nodes)
    chains = {
        chain for scope in walk.scopes for chain in scope.loads if scope.is_free(chain.partition(".")[0])
    }
    return Names(frozenset(chains), walk.imports)


class _Walk:
    """A walk over syntax trees that keeps account of scopes, without recursion."""

    def __init__(self, skip_decorator: Callable[[ast.expr], bool] | None) -> None:
        self.scopes: list[_Scope] = []
        self.imports: dict[str, list[ImportedName]] = {}
        self._todo: list[tuple[ast.AST, _Scope]] = []
        self._skip_decorator = skip_decorator

    def run(self, nodes: Iterable[ast.AST]) -> None:
        todo = self._todo
        self._visit_all(nodes, self._enter(None, is_class=True))
        visit_of = _VISITS.get
        while todo:
            node, scope = todo.pop()
            visit = visit_of(type(node))
            if visit is not None:
                visit(self, node, scope)
                continue
            for name in _CHILDREN[type(node)]:
                child = getattr(node, name, None)
                if type(child) is list:
                    todo += [(item, scope) for item in child if isinstance(item, ast.AST)]
                elif isinstance(child, ast.AST):
                    todo.append((child, scope))

    def _enter(
        self, parent: _Scope | None, *, is_class: bool = False, is_comprehension: bool = False
    ) -> _Scope:
        scope = _Scope(parent, is_class=is_class, is_comprehension=is_comprehension)
        self.scopes.append(scope)
        return scope

    def _visit_all(self, nodes: Iterable[ast.AST | None], scope: _Scope) -> None:
        self._todo += [(node, scope) for node in nodes if node is not None]

    def _decorators(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.expr]:
        skip = self._skip_decorator
        return [decorator for decorator in node.decorator_list if skip is None or not skip(decorator)]

    def _name(self, node: ast.Name, scope: _Scope) -> None:
        (scope.loads if type(node.ctx) is ast.Load else scope.bound).add(node.id)

    def _attribute(self, node: ast.Attribute, scope: _Scope) -> None:
        chain, base = _chain(node)
        if isinstance(base, ast.Name):
            scope.loads.add(f"{base.id}.{chain}")
        else:
            self._todo.append((base, scope))

    def _lambda(self, node: ast.Lambda, scope: _Scope) -> None:
        self._visit_all([node.body], self._arguments(node.args, scope))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: _Scope) -> None:
        scope.bound.add(node.name)
        inner = self._arguments(node.args, scope)
        self._visit_all([*self._decorators(node), node.returns], scope)
        self._visit_all([*node.body, *getattr(node, "type_params", ())], inner)

    def _arguments(self, arguments: ast.arguments, scope: _Scope) -> _Scope:
        inner = self._enter(scope)
        named = (
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            arguments.vararg,
            arguments.kwarg,
        )
        for argument in named:
            if argument is not None:
                inner.bound.add(argument.arg)
                self._visit_all([argument.annotation], scope)
        self._visit_all([*arguments.defaults, *arguments.kw_defaults], scope)
        return inner

    def _class(self, node: ast.ClassDef, scope: _Scope) -> None:
        scope.bound.add(node.name)
        self._visit_all([*self._decorators(node), *node.bases, *node.keywords], scope)
        self._visit_all([*node.body, *getattr(node, "type_params", ())], self._enter(scope, is_class=True))

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: _Scope
    ) -> None:
        inner = self._enter(scope, is_comprehension=True)
        results = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        self._visit_all(results, inner)
        for number, loop in enumerate(node.generators):
            self._visit_all([loop.target, *loop.ifs], inner)
            # The first iterable is evaluated outside, where the loop variables are not yet bound.
            self._visit_all([loop.iter], inner if number else scope)

    def _walrus(self, node: ast.NamedExpr, scope: _Scope) -> None:
        # Within a comprehension it binds in the function around it.
        owner = scope
        while owner.is_comprehension and owner.parent is not None:
            owner = owner.parent
        owner.bound.add(node.target.id)
        self._visit_all([node.value], scope)

    def _augmented(self, node: ast.AugAssign, scope: _Scope) -> None:
        if isinstance(node.target, ast.Name):
            scope.loads.add(node.target.id)
        self._visit_all([node.target, node.value], scope)

    def _global(self, node: ast.Global, scope: _Scope) -> None:
        scope.of_global.update(node.names)

    def _nonlocal(self, node: ast.Nonlocal, scope: _Scope) -> None:
        scope.of_parent.update(node.names)

    def _import(self, node: ast.Import | ast.ImportFrom, scope: _Scope) -> None:
        for name, imported in imports_of(node):
            self.imports.setdefault(name, []).append(imported)

    def _binding(self, node: ast.AST, scope: _Scope) -> None:
        """Visit what binds a name that is no node: exception handlers, match patterns, type parameters."""
        bound = getattr(node, "rest" if isinstance(node, ast.MatchMapping) else "name")
        if bound is not None:
            scope.bound.add(bound)
        self._visit_all(ast.iter_child_nodes(node), scope)


_VISITS: dict[type, Callable[[_Walk, Any, _Scope], None]] = {
    ast.Name: _Walk._name,
    ast.Attribute: _Walk._attribute,
    ast.Lambda: _Walk._lambda,
    ast.FunctionDef: _Walk._function,
    ast.AsyncFunctionDef: _Walk._function,
    ast.ClassDef: _Walk._class,
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), _Walk._comprehension),
    ast.NamedExpr: _Walk._walrus,
    ast.AugAssign: _Walk._augmented,
    ast.Global: _Walk._global,
    ast.Nonlocal: _Walk._nonlocal,
    ast.Import: _Walk._import,
    ast.ImportFrom: _Walk._import,
    **dict.fromkeys((ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping), _Walk._binding),
    **dict.fromkeys(
        # Python 3.11 has no type parameters.
        [getattr(ast, name) for name in ("TypeVar", "ParamSpec", "TypeVarTuple") if hasattr(ast, name)],
        _Walk._binding,
    ),
}


class _Children(dict[type, tuple[str, ...]]):
    """The fields of each kind of node in which there may be names."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        skipped = ("ctx", "op", "ops", "attr", "arg", "kind", "type_comment")
        fields = self[kind] = tuple(
            name for name in kind._fields if name not in skipped and kind is not ast.Constant
        )
        return fields


_CHILDREN = _Children()


def _chain(node: ast.Attribute) -> tuple[str, ast.expr]:
    """Split ``a.b.c`` into the attributes ``b.c`` and the expression they are taken from."""
    attributes = [node.attr]
    base = node.value
    while isinstance(base, ast.Attribute):
        attributes.append(base.attr)
        base = base.value
    return ".".join(reversed(attributes)), base


def dotted(node: ast.expr) -> str | None:
    """Spell a name with attributes, such as ``a.b.c``; None for any other expression."""
    if isinstance(node, ast.Attribute):
        chain, node = _chain(node)
        return f"{node.id}.{chain}" if isinstance(node, ast.Name) else None
    return node.id if isinstance(node, ast.Name) else None


def imports_of(node: ast.Import | ast.ImportFrom) -> list[tuple[str, ImportedName]]:
    """List the names that an import statement binds, ``*`` for all of a module."""
    if isinstance(node, ast.ImportFrom):
        return [
            (alias.asname or alias.name, ImportedName(node.module or "", alias.name, node.level))
            for alias in node.names
        ]
    return [
        (alias.asname, ImportedName(alias.name))
        if alias.asname
        else (alias.name.partition(".")[0], ImportedName(alias.name.partition(".")[0]))
        for alias in node.names
    ]


def names_in_code(code: CodeType, modules: Mapping[str, object]) -> Names:
    """Find the names that a code object may take from its globals, for want of its source.

    Parameters
    ----------
    code : code object
        With all code nested in it.
    modules : mapping
        The global names bound to modules: whatever attribute is named anywhere may be taken from any of them.
    """
    names: set[str] = set()
    todo = [code]
    while todo:
        part = todo.pop()
        names.update(part.co_names, part.co_freevars)
        todo += [constant for constant in part.co_consts if isinstance(constant, CodeType)]
    chains = {f"{module}.{name}" for module in names & modules.keys() for name in names}
    return Names(frozenset(names | chains))
