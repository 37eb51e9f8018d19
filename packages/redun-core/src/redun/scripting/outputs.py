"""What a script is to make, told without looking at what is there.

Floor: library. Outputs are arguments of the call, and a file given as an argument is known by its content,
which is just what running the script changes: the call would never have the same key again. Here it is known by its
path.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redun.file.reference import Reference
from redun.hashing.digest import digest
from redun.hashing.values import hash_value
from redun.value.shapes import LAZY, shape_of

__all__ = ["STDOUT", "Output", "described", "is_staging", "made"]

STDOUT = "-"
"""The path of the file that stands for a script's standard output."""


def is_staging(kind: type) -> bool:
    """Tell whether values of a type are copied in before a script and out after it."""
    return hasattr(kind, "render_stage") and hasattr(kind, "render_unstage")


class Output:
    """A file, folder or staging object that a script makes, by its paths.

    Parameters
    ----------
    kind : type
        Its class.
    paths : tuple of str
    options : dict
        What its class is called with.
    """

    __slots__ = ("kind", "options", "paths")

    def __init__(self, kind: type[Any], paths: tuple[str, ...], options: dict[str, Any]) -> None:
        self.kind = kind
        self.paths = paths
        self.options = options

    @classmethod
    def of(cls, made: Any) -> Output:
        """Return the description of an output."""
        if is_staging(type(made)):
            return cls(type(made), (made.local.path, made.remote.path), {})
        options = {name: value for name, value in vars(made).items() if name != "path" and name[0] != "_"}
        return cls(type(made), (made.path,), options)

    def value(self) -> Any:
        """Return it as it was given."""
        return self.kind(*self.paths, **self.options)

    def __redun_digest__(self) -> bytes:
        return digest(
            b"output",
            f"{self.kind.__module__}.{self.kind.__qualname__}".encode(),
            hash_value((self.paths, self.options)),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return Output, (self.kind, self.paths, self.options)

    def __repr__(self) -> str:
        options = [f"{name}={value!r}" for name, value in self.options.items()]
        return f"{self.kind.__name__}({', '.join([*map(repr, self.paths), *options])})"


def described(outputs: Any) -> Any:
    """Return a nested value with `Output` in the place of files and staging objects."""

    def describe(leaf: Any) -> Any:
        return Output.of(leaf) if isinstance(leaf, Reference) or is_staging(type(leaf)) else leaf

    return _mapped(outputs, describe)


def given(outputs: Any) -> Any:
    """Return what `described` was given."""
    return _mapped(outputs, lambda leaf: leaf.value() if isinstance(leaf, Output) else leaf)


def made(outputs: Any, stdout: Any) -> Any:
    """Return the result of a script: files where they are staged to, and its standard output where it was asked for."""

    def result(leaf: Any) -> Any:
        if is_staging(type(leaf)):
            return type(leaf.remote)(leaf.remote.path)
        if isinstance(leaf, Reference):
            return stdout if leaf.path == STDOUT else Output.of(leaf).value()
        return leaf

    return _mapped(given(outputs), result)


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    shape = shape_of(type(value))
    if shape is None or shape is LAZY:
        return change(value)
    return shape.build(value, [_mapped(part, change) for part in shape.children(value)])
