"""Finding the syntax of a living function or class in the source of its module.

Floor: hashing. A function is known by its first line and name, lambdas on one line by their columns. Where source and
running code disagree the answer is None: the source was edited after it was imported.
"""

from __future__ import annotations

import ast
from types import CodeType

from redun.hashing.code.normalise import dump_code
from redun.hashing.code.sources import UNPARSABLE, Source, first_line

__all__ = ["AnyFunction", "class_nodes", "compiles_to", "function_node"]

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def function_node(source: Source, code: CodeType) -> AnyFunction | None:
    """Find the definition that a code object was compiled from, or None if there is none that fits.

    Parameters
    ----------
    source : Source
        The module named by the code object.
    code : code object
        Of a function, not of a module, class body or comprehension.
    """
    statement = source.statement_at(code.co_firstlineno)
    found = [] if statement is None else _functions(statement, code, line=code.co_firstlineno)
    if len(found) > 1:
        found = [node for node in found if _spans(node, code)]
    if not found and code.co_name != "<lambda>":
        # Lines moved since the import; the function itself may well be the same.
        outermost = code.co_qualname.partition(".")[0]
        found = [
            node
            for statement in source.bindings(outermost)
            for node in _functions(statement, code, line=None)
        ]
    return found[0] if len(found) == 1 else None


def _functions(statement: ast.stmt, code: CodeType, *, line: int | None) -> list[AnyFunction]:
    """List the functions in a statement with the name, the arguments and, if given, the first line of a code object."""
    name = code.co_name
    qualname = code.co_qualname if line is None else None
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    found: list[AnyFunction] = []
    todo: list[tuple[ast.AST, str]] = [(statement, "")]
    while todo:
        node, prefix = todo.pop()
        if line is not None and not _reaches(node, line):
            continue
        inner = prefix
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                own = "<lambda>" if isinstance(node, ast.Lambda) else node.name
                if (
                    own == name
                    and line in (None, first_line(node))
                    and qualname in (None, prefix + own)
                    and _takes(node.args, arguments)
                ):
                    found.append(node)
                    if line is not None and name != "<lambda>":
                        # No two definitions begin on one line.
                        break
                inner = f"{prefix}{own}.<locals>."
            case ast.ClassDef():
                inner = f"{prefix}{node.name}."
        todo += [(child, inner) for child in ast.iter_child_nodes(node)]
    return found


def _reaches(node: ast.AST, line: int) -> bool:
    """Whether a line lies within a node, as far as can be told."""
    if isinstance(node, ast.stmt | ast.expr):
        return first_line(node) <= line <= (node.end_lineno or line)
    return True


def _takes(arguments: ast.arguments, names: tuple[str, ...]) -> bool:
    """Whether a signature names these arguments, which in methods may have private names."""
    own = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len(own) == len(names) and all(
        name == written or (written.startswith("__") and name.endswith(written))
        for written, name in zip(own, names, strict=True)
    )


def _spans(node: AnyFunction, code: CodeType) -> bool:
    """Whether the body of a lambda stands where the code object says that its value is computed."""
    if not isinstance(node, ast.Lambda):
        return True
    body = node.body
    span = body.lineno, body.end_lineno, body.col_offset, body.end_col_offset
    return span in list(code.co_positions())


def class_nodes(source: Source, qualname: str, lines: list[int]) -> list[ast.ClassDef]:
    """Find the definitions of a class.

    Parameters
    ----------
    source : Source
        The module of the class.
    qualname : str
        Qualified name of the class.
    lines : list of int
        First lines of methods of the class: they tell apart definitions under the same name.

    Returns
    -------
    list of ast.ClassDef
        All definitions that fit: a class without methods may be defined in either branch of a condition.
    """
    outermost, *path = [part for part in qualname.split(".") if part != "<locals>"]
    found: list[ast.AST] = list(source.bindings(outermost))
    for name in path:
        found = [inner for node in found for inner in _named(node, name)]
    classes = [node for node in found if isinstance(node, ast.ClassDef)]
    if len(classes) > 1 and lines:
        fitting = [
            node
            for node in classes
            if any(node.lineno <= line <= (node.end_lineno or line) for line in lines)
        ]
        return fitting or classes
    return classes


def _named(node: ast.AST, name: str) -> list[ast.AST]:
    """List the functions and classes of a name directly within a function or class."""
    found: list[ast.AST] = []
    todo = list(ast.iter_child_nodes(node))
    while todo:
        child = todo.pop()
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if child.name == name:
                found.append(child)
        else:
            todo += ast.iter_child_nodes(child)
    return found


def compiles_to(source: Source, node: AnyFunction, code: CodeType) -> bool:
    """Tell whether compiling the source as it is now gives the code that is running."""
    statement = source.statement_at(first_line(node))
    if statement is None:
        return False
    # The flags of `from __future__` imports change what is compiled.
    import __future__

    futures = 0
    for name in __future__.all_feature_names:
        futures |= code.co_flags & getattr(__future__, name).compiler_flag
    # Calls of functions of a module that the top level imports are compiled in another way than those of methods.
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    imports = [
        binding
        for name in sorted(names)
        for binding in source.bindings(name)
        if isinstance(binding, ast.Import | ast.ImportFrom)
    ]
    try:
        module = compile(
            ast.Module(body=[*imports, statement], type_ignores=[]),
            "<source>",
            "exec",
            flags=futures,
            dont_inherit=True,
        )
    except UNPARSABLE:
        return False
    expected = dump_code(code)
    todo: list[CodeType] = [module]
    while todo:
        part = todo.pop()
        if (
            part.co_name == code.co_name
            and part.co_qualname == code.co_qualname
            and dump_code(part) == expected
        ):
            return True
        todo += [constant for constant in part.co_consts if isinstance(constant, CodeType)]
    return False
