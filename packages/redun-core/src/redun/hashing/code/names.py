"""Which names of its surroundings a piece of code uses, and what it imports for itself.

Floor: hashing. A name that is an argument, a local variable or a loop target somewhere inside is no name of the
surroundings there, even if a global of the same name exists.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from types import CodeType

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


def free_names(nodes: Iterable[ast.AST], *, skip: Iterable[ast.AST] = ()) -> Names:
    """Find the names that the code takes from its surroundings.

    Parameters
    ----------
    nodes : iterable of ast.AST
        Statements or expressions. What they bind at their own level counts as surroundings.
    skip : iterable of ast.AST
        Parts to leave out.
    """
    outside = _Scope(None, is_class=True)
    scopes = [outside]
    imports: dict[str, list[ImportedName]] = {}
    skipped = {id(node) for node in skip}
    todo: list[tuple[ast.AST, _Scope]] = [(node, outside) for node in nodes]

    def enter(parent: _Scope, *, is_class: bool = False, is_comprehension: bool = False) -> _Scope:
        scope = _Scope(parent, is_class=is_class, is_comprehension=is_comprehension)
        scopes.append(scope)
        return scope

    while todo:
        node, scope = todo.pop()
        if id(node) in skipped:
            continue
        match node:
            case ast.Name():
                (scope.loads if isinstance(node.ctx, ast.Load) else scope.bound).add(node.id)
            case ast.Attribute():
                chain, base = _chain(node)
                if isinstance(base, ast.Name):
                    scope.loads.add(f"{base.id}.{chain}")
                else:
                    todo.append((base, scope))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                inner = enter(scope)
                arguments = node.args
                for argument in _arguments(arguments):
                    inner.bound.add(argument.arg)
                    if argument.annotation is not None:
                        todo.append((argument.annotation, scope))
                todo += [(value, scope) for value in arguments.defaults]
                todo += [(value, scope) for value in arguments.kw_defaults if value is not None]
                if isinstance(node, ast.Lambda):
                    todo.append((node.body, inner))
                else:
                    scope.bound.add(node.name)
                    todo += [(value, scope) for value in node.decorator_list]
                    todo += [(statement, inner) for statement in node.body]
                    if node.returns is not None:
                        todo.append((node.returns, scope))
                    todo += [(value, inner) for value in getattr(node, "type_params", ())]
            case ast.ClassDef():
                scope.bound.add(node.name)
                inner = enter(scope, is_class=True)
                todo += [(value, scope) for value in (*node.decorator_list, *node.bases, *node.keywords)]
                todo += [(statement, inner) for statement in node.body]
                todo += [(value, inner) for value in getattr(node, "type_params", ())]
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                inner = enter(scope, is_comprehension=True)
                # The first iterable is evaluated outside, where the loop variables are not yet bound.
                first = node.generators[0].iter
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.comprehension):
                        parts = (child.target, *child.ifs, *(() if child.iter is first else (child.iter,)))
                        todo += [(part, inner) for part in parts]
                    else:
                        todo.append((child, inner))
                todo.append((first, scope))
            case ast.NamedExpr():
                # Within a comprehension it binds in the function around it.
                owner = scope
                while owner.is_comprehension and owner.parent is not None:
                    owner = owner.parent
                owner.bound.add(node.target.id)
                todo.append((node.value, scope))
            case ast.Global():
                scope.of_global.update(node.names)
            case ast.Nonlocal():
                scope.of_parent.update(node.names)
            case ast.Import() | ast.ImportFrom():
                for name, imported in imports_of(node):
                    imports.setdefault(name, []).append(imported)
            case _:
                if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                    scope.loads.add(node.target.id)
                # Exception handlers, match patterns and type parameters bind names without a Name node.
                for attribute in ("name", "rest"):
                    bound = getattr(node, attribute, None)
                    if type(bound) is str:
                        scope.bound.add(bound)
                todo += [(child, scope) for child in ast.iter_child_nodes(node)]
    chains = {chain for scope in scopes for chain in scope.loads if scope.is_free(chain.partition(".")[0])}
    return Names(frozenset(chains), imports)


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


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return found + [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]


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
