"""How the code named what it passed to a call: read off the recorded source, which is parsed and never run.

Floor: recorder.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Sequence

import attrs

__all__ = ["CallNames", "Namer"]

# Parsing recurses in the interpreter; no task that a person wrote comes near.
_LONGEST_SOURCE = 500_000


@attrs.frozen
class _Site:
    """A call as written: the variables passed, by position and keyword, and the variable assigned."""

    positional: tuple[str | None, ...]
    keywords: dict[str, str]
    target: str | None

    def argument(self, position: int, name: str) -> str | None:
        if name in self.keywords:
            return self.keywords[name]
        return self.positional[position] if position < len(self.positional) else None


class CallNames:
    """The names that one source text uses around calls of functions.

    Parameters
    ----------
    source : str
        A function's source, perhaps indented and decorated. One that cannot be parsed has no names.

    Examples
    --------
    >>> names = CallNames("def main(path):\\n    obj = compile(path)\\n    return link(obj, flags=options)")
    >>> names.result("compile"), names.argument("link", 0, "objects"), names.argument("link", 1, "flags")
    ('obj', 'obj', 'options')
    """

    def __init__(self, source: str) -> None:
        self._sites: dict[str, list[_Site]] = {}
        for function, site in _sites(source):
            self._sites.setdefault(function, []).append(site)

    def argument(self, function: str, position: int, name: str) -> str | None:
        """Return the variable passed as an argument, if every call of the function in the text agrees on it."""
        return _agreed([site.argument(position, name) for site in self._sites.get(function, [])])

    def result(self, function: str) -> str | None:
        """Return the variable that the result was assigned to, if the function is called at one place."""
        sites = self._sites.get(function, [])
        return sites[0].target if len(sites) == 1 else None


class Namer:
    """Gives every variable of a derivation a name of its own: `x`, `x_2`, `x_3`."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """Return the name, with a number if it is taken."""
        chosen = name
        while chosen in self._used:
            self._used[name] += 1
            chosen = f"{name}_{self._used[name]}"
        self._used.setdefault(chosen, 1)
        return chosen


def _agreed(names: Sequence[str | None]) -> str | None:
    return names[0] if names and len(set(names)) == 1 else None


def _sites(source: str) -> Iterator[tuple[str, _Site]]:
    if len(source) > _LONGEST_SOURCE:
        return
    try:
        tree = ast.parse(textwrap.dedent(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    targets: dict[int, str] = {}
    calls: list[ast.Call] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            calls.append(node)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            _assign(targets, node.targets[0], node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            _assign(targets, node.target, node.value)
    for call in calls:
        function = _function(call)
        if function is not None:
            yield function, _Site(_positional(call), _keywords(call), targets.get(id(call)))


def _assign(targets: dict[int, str], target: ast.expr, value: ast.expr) -> None:
    if isinstance(value, ast.Await):
        value = value.value
    if isinstance(target, ast.Name) and isinstance(value, ast.Call):
        targets[id(value)] = target.id
    elif (
        isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts)
    ):
        for one, its_value in zip(target.elts, value.elts, strict=True):
            if not isinstance(its_value, ast.Tuple):
                _assign(targets, one, its_value)


def _function(call: ast.Call) -> str | None:
    """Return the bare name of what is called; `f.options(memory=4)(x)` calls `f`."""
    callee = call.func
    if isinstance(callee, ast.Call) and isinstance(callee.func, ast.Attribute):
        callee = callee.func.value
    if isinstance(callee, ast.Attribute):
        return callee.attr
    return callee.id if isinstance(callee, ast.Name) else None


def _positional(call: ast.Call) -> tuple[str | None, ...]:
    names: list[str | None] = []
    for argument in call.args:
        if isinstance(argument, ast.Starred):
            break
        names.append(argument.id if isinstance(argument, ast.Name) else None)
    return tuple(names)


def _keywords(call: ast.Call) -> dict[str, str]:
    return {
        keyword.arg: keyword.value.id
        for keyword in call.keywords
        if keyword.arg is not None and isinstance(keyword.value, ast.Name)
    }
