"""One spelling for code: bytes that are equal when only comments, docstrings, layout or line numbers differ.

Floor: hashing. Syntax trees are written the same by every supported Python; code objects, the last resort when there is
no source, only by the version that compiled them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any

__all__ = ["dump", "dump_code"]

# Layout and notation rather than meaning: `u"x"` is `"x"`, and the context follows from where a node stands.
_NOTATION = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
_SUITES = frozenset({"body", "orelse", "finalbody"})


def dump(
    nodes: Iterable[ast.AST],
    *,
    skip_decorator: Callable[[ast.expr], bool] | None = None,
    anonymous: bool = False,
) -> bytes:
    """Write syntax trees as bytes, without positions, docstrings and statements that do nothing.

    Parameters
    ----------
    nodes : iterable of ast.AST
        Written one after another.
    skip_decorator : callable, optional
        Decorators for which it answers true are left out.
    anonymous : bool, default False
        Leave out the names of the outermost functions: who refers to them says what they are called.
    """
    nodes = list(nodes)
    nameless = {id(node) for node in nodes if isinstance(node, _FUNCTIONS)} if anonymous else set()
    written: list[bytes] = []
    write = written.append
    # A stack of what is still to be written, last first: operator chains nest deeper than Python recurses.
    todo: list[Any] = list(reversed(nodes))
    while todo:
        item = todo.pop()
        kind = type(item)
        if kind is bytes:
            write(item)
        elif kind is list:
            write(b"[")
            todo.append(b"]")
            todo += reversed(item)
        elif kind is ast.Constant:
            write(_atom(item.value))
        elif kind is ast.Name:
            write(b"(Name .id%s)" % _atom(item.id))
        elif (shape := _SHAPES[kind]) is None:
            write(_atom(item))
        else:
            start, fields = shape
            write(start)
            todo.append(b")")
            for field, label in fields:
                value = getattr(item, field, None)
                # Fields that newer Pythons add are empty in code that older ones can read.
                if value is None or value == []:
                    continue
                if field in _CHOSEN:
                    if field == "name" and id(item) in nameless:
                        continue
                    value = _choose(item, field, value, skip_decorator)
                    if value == []:
                        continue
                todo += (value, label)
    return b"".join(written)


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_CHOSEN = frozenset({*_SUITES, "decorator_list", "values", "name"})


class _Shapes(dict[type, tuple[bytes, list[tuple[str, bytes]]] | None]):
    """How each kind of node is written: its start and its fields, last first; None for what is no node."""

    def __missing__(self, kind: type) -> tuple[bytes, list[tuple[str, bytes]]] | None:
        shape = None
        if issubclass(kind, ast.AST):
            fields = [(name, b".%s" % name.encode()) for name in kind._fields if name not in _NOTATION]
            shape = b"(%s " % kind.__name__.encode(), fields[::-1]
        self[kind] = shape
        return shape


_SHAPES = _Shapes()


def _choose(node: ast.AST, field: str, value: Any, skip_decorator: Callable[[ast.expr], bool] | None) -> Any:
    """Leave out of the value of a field what does not count."""
    if type(value) is not list:
        return value
    if field in _SUITES:
        return [statement for statement in value if not _does_nothing(statement)]
    if field == "decorator_list" and skip_decorator is not None:
        return [decorator for decorator in value if not skip_decorator(decorator)]
    return _merge_text(value) if isinstance(node, ast.JoinedStr) else value


def _does_nothing(statement: ast.AST) -> bool:
    """Whether it is `pass`, a docstring or another bare constant."""
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _merge_text(values: list[ast.expr]) -> list[ast.expr]:
    """Join neighbouring texts of an f-string: how they are split differs between Python versions."""
    merged: list[ast.expr] = []
    for value in values:
        if isinstance(value, ast.Constant) and type(value.value) is str:
            if not value.value:
                continue
            if merged and isinstance(last := merged[-1], ast.Constant) and type(last.value) is str:
                merged[-1] = ast.Constant(last.value + value.value)
                continue
        merged.append(value)
    return merged


def _atom(value: Any) -> bytes:
    """Write a constant with its type and length."""
    kind = type(value)
    if kind is str:
        tag, text = b"s", value.encode("utf-8", "surrogatepass")
    elif kind is int:
        # Hexadecimal has no limit on its digits and takes linear time.
        tag, text = b"i", b"%x" % value
    elif value is None or kind is bool:
        return b"%s;" % repr(value).encode()
    elif kind is bytes:
        tag, text = b"b", value
    elif kind is float:
        tag, text = b"f", value.hex().encode()
    elif kind is complex:
        tag, text = b"c", f"{value.real.hex()},{value.imag.hex()}".encode()
    else:
        tag, text = b"o", repr(value).encode()
    return b"%s%d:%s" % (tag, len(text), text)


def dump_code(code: CodeType) -> bytes:
    """Write a code object as bytes, without its name, file name, line numbers and docstring."""
    constants = code.co_consts
    if constants and type(constants[0]) is str and code.co_name != "<lambda>":
        constants = (None, *constants[1:])
    return b"(code %s)" % b"".join(
        _constant(part)
        for part in (
            code.co_argcount,
            code.co_posonlyargcount,
            code.co_kwonlyargcount,
            code.co_flags,
            code.co_code,
            code.co_exceptiontable,
            code.co_names,
            code.co_varnames,
            code.co_freevars,
            code.co_cellvars,
            constants,
        )
    )


def _constant(value: object) -> bytes:
    if isinstance(value, CodeType):
        return dump_code(value)
    if isinstance(value, tuple):
        return b"[%s]" % b"".join(map(_constant, value))
    if isinstance(value, frozenset):
        return b"{%s}" % b"".join(sorted(map(_constant, value)))
    return _atom(value)
