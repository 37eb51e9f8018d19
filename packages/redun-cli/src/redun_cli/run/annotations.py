"""How text from the command line becomes a value of an annotated type.

Floor: command line.
"""

from __future__ import annotations

import collections.abc
import datetime
import enum
import inspect
import json
import pkgutil
import types
import typing
from collections.abc import Callable
from typing import Any

import attrs

from redun_cli.run.structure import SEQUENCES, is_structured, structure

__all__ = ["Reader", "reader_of"]

_EXPLAINED = (ValueError, TypeError, ImportError, AttributeError)
_MISFITS = (*_EXPLAINED, LookupError, ArithmeticError)
_TRUTH = {
    "true": True,
    "yes": True,
    "1": True,
    "on": True,
    "false": False,
    "no": False,
    "0": False,
    "off": False,
}


@attrs.frozen
class Reader:
    """Reads the values of one parameter.

    Attributes
    ----------
    metavar : str
        What usage shows in place of the value.
    expects : str
        What an error message says was expected.
    read : callable
        Turns one word into a value; raises ValueError or TypeError.
    collect : callable or None
        Turns the list of all values into the argument, for parameters that take several words.
    is_secret : bool
        Messages do not show what was given.
    """

    metavar: str
    expects: str
    read: Callable[[str], Any]
    collect: Callable[[list[Any]], Any] | None = None
    is_bool: bool = False
    is_secret: bool = False

    def __call__(self, word: str) -> Any:
        import argparse

        try:
            return self.read(word)
        except _MISFITS as error:
            if self.is_secret:
                raise argparse.ArgumentTypeError(
                    f"expected {self.expects} (what was given is a secret)"
                ) from None
            # Where Python only repeats the word, what was expected says more.
            explains = isinstance(error, _EXPLAINED) and str(error) and repr(word) not in str(error)
            reason = f" ({error})" if explains else ""
            raise argparse.ArgumentTypeError(f"expected {self.expects}, got {word!r}{reason}") from error


def reader_of(annotation: Any) -> Reader:
    """Return the reader for an annotation; a parameter without one is read as text."""
    annotation = _plain(annotation)
    members = _optional_members(annotation)
    if members is not None:
        return _union_reader(members, optional=type(None) in typing.get_args(annotation))
    origin = typing.get_origin(annotation) or annotation
    if origin in SEQUENCES:
        item = reader_of(next(iter(typing.get_args(annotation)), str))
        if item.collect is not None:
            item = _json_reader(typing.get_args(annotation)[0])
        return attrs.evolve(item, collect=origin if origin in (set, frozenset) else list, is_bool=False)
    if origin is typing.Literal:
        choices = {str(value): value for value in typing.get_args(annotation)}
        return _choice_reader(choices)
    if is_structured(annotation):
        return _json_reader(annotation)
    if origin is collections.abc.Callable:
        return Reader("MODULE.NAME", "the dotted name of a function", pkgutil.resolve_name)
    return _scalar_reader(origin)


def _plain(annotation: Any) -> Any:
    """Strip what does not change how text is read: Annotated, NewType and type aliases."""
    while True:
        if typing.get_origin(annotation) is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        else:
            return annotation


def _optional_members(annotation: Any) -> list[Any] | None:
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return None
    # Everything reads as text, so text is tried last.
    members = [member for member in typing.get_args(annotation) if member is not type(None)]
    return sorted(members, key=lambda member: member is str)


def _union_reader(members: list[Any], *, optional: bool) -> Reader:
    readers = [reader_of(member) for member in members]
    if len(readers) == 1:
        (reader,) = readers
        if not optional or reader.collect is not None or members == [str]:
            return reader
        return attrs.evolve(
            reader, read=lambda word: None if word.lower() in ("none", "null") else reader.read(word)
        )
    expects = " or ".join(reader.expects for reader in readers)

    def read(word: str) -> Any:
        if optional and str not in members and word.lower() in ("none", "null"):
            return None
        for member, reader in zip(members, readers, strict=True):
            try:
                return reader.read(word) if reader.collect is None else _json_reader(member).read(word)
            except _MISFITS:
                continue
        raise ValueError(f"{word!r} fits none of them")

    return Reader("|".join(reader.metavar for reader in readers), expects, read)


def _choice_reader(choices: dict[str, Any]) -> Reader:
    names = ", ".join(choices)
    return Reader("{" + ",".join(choices) + "}", f"one of {names}", choices.__getitem__)


def _json_reader(annotation: Any) -> Reader:
    def read(word: str) -> Any:
        try:
            value = json.loads(word)
        except ValueError as error:
            raise ValueError(f"not JSON: {error}") from None
        return structure(value, annotation, scalar=lambda kind, text: reader_of(kind).read(text))

    return Reader("JSON", f"JSON for {inspect.formatannotation(annotation)}", read)


def _any(word: str) -> Any:
    try:
        return json.loads(word)
    except ValueError:
        return word


def _bool(word: str) -> bool:
    return _TRUTH[word.lower()]


def _scalar_reader(kind: Any) -> Reader:
    if kind in _SCALARS:
        return _SCALARS[kind]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        prefix = f"{kind.__name__}."
        reader = _choice_reader(dict(kind.__members__))
        return attrs.evolve(reader, read=lambda word: kind[word.removeprefix(prefix)])
    if not isinstance(kind, type):
        return _SCALARS[str]
    name = kind.__name__
    from redun.value import get_type_registry

    parse = get_type_registry().parse_arg
    return Reader(name.upper(), f"a {name}", lambda word: parse(kind, word))


_SCALARS: dict[Any, Reader] = {
    str: Reader("TEXT", "text", str),
    inspect.Parameter.empty: Reader("TEXT", "text", str),
    int: Reader("INT", "an integer", int),
    float: Reader("FLOAT", "a number", float),
    bool: Reader("BOOL", "true or false", _bool, is_bool=True),
    bytes: Reader("TEXT", "text", str.encode),
    Any: Reader("VALUE", "JSON or text", _any),
    object: Reader("VALUE", "JSON or text", _any),
    datetime.datetime: Reader("DATETIME", "an ISO date and time", datetime.datetime.fromisoformat),
    datetime.date: Reader("DATE", "an ISO date", datetime.date.fromisoformat),
    datetime.time: Reader("TIME", "an ISO time", datetime.time.fromisoformat),
}
