"""Run code that was given on the command line, and say what is wrong with it.

Floor: command line.
"""

from __future__ import annotations

import ast
import sys
import traceback
from typing import Any

import click

__all__ = ["FILE", "explain", "run_code"]

FILE = "<redun repl>"


def run_code(code: str, names: dict[str, Any]) -> bool:
    """Run code and print what its last line gives, unless that is None; return whether it went well."""
    try:
        parsed = ast.parse(code, FILE)
        last = parsed.body.pop() if parsed.body and isinstance(parsed.body[-1], ast.Expr) else None
        exec(compile(parsed, FILE, "exec"), names)
        if last is not None:
            sys.displayhook(eval(compile(ast.Expression(last.value), FILE, "eval"), names))  # type: ignore[attr-defined]
    except Exception as error:
        click.echo(f"redun: error: {explain(error)}", err=True)
        return False
    return True


def explain(error: BaseException) -> str:
    """Return what went wrong, and in which line of the code that was given; without the places inside of redun."""
    if isinstance(error, SyntaxError):
        return "".join(traceback.format_exception_only(error)).strip()
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    where = f" (line {lines[-1]})" if lines and lines[-1] != 1 else ""
    return f"{type(error).__name__}: {error}{where}"
