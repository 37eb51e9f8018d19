"""The options of a task, made from its signature: parsing, usage, and the call they describe.

Floor: command line. `argparse` rather than click, because a list takes one or more words after its option.
"""

from __future__ import annotations

import argparse
import difflib
import inspect
import itertools
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from redun_cli.run.annotations import Reader, reader_of
from redun_cli.run.docstring import split_docstring
from redun_cli.run.lookup import shorten

if TYPE_CHECKING:
    from redun.task import Task

__all__ = ["TaskParser"]

_KINDS = inspect.Parameter


class TaskParser(argparse.ArgumentParser):
    """Reads the words after the task's name.

    Parameters
    ----------
    task : Task
    prog : str
        What usage starts with.
    misplaced : mapping of str to str
        Options that stand elsewhere, to be recognised where they do not belong, and where that is.
    known : collection of str
        Parameters that have a value already: they need none.
    secret : collection of str
        Parameters whose values are not shown.
    """

    def __init__(
        self,
        task: Task[Any, Any],
        prog: str,
        misplaced: Mapping[str, str] | None = None,
        known: Collection[str] = (),
        secret: Collection[str] = (),
    ) -> None:
        description, notes = split_docstring(task.doc)
        super().__init__(
            prog=prog,
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            conflict_handler="resolve",  # a parameter called `help` takes --help; -h stays
        )
        self.misplaced = misplaced or {}
        self.known = known
        self.parameters = dict(task.signature.parameters)
        self.readers = {
            name: _reader(parameter, _annotation(task.func, parameter))
            for name, parameter in self.parameters.items()
        }
        for name in secret:
            self.readers[name] = attrs.evolve(self.readers[name], is_secret=True)
        for name, parameter in self.parameters.items():
            self._add_parameter(parameter, self.readers[name], notes.get(name, ""))

    def call(self, words: Sequence[str]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the positional and keyword arguments that the words describe, as `read` and `bind` do."""
        return self.bind(self.read(words))

    def read(self, words: Sequence[str]) -> dict[str, Any]:
        """Return the arguments that the words describe, by parameter; of ``*args`` a list, of ``**kwargs`` a dict.

        Raises
        ------
        SystemExit
            With code 2 after usage and the reason were written to stderr; with code 0 after `--help`.
        """
        known, unknown = self.parse_known_args(list(words))
        if unknown:
            self.error(self._unknown(unknown))
        given = vars(known)
        for name, value in given.items():
            collect = self.readers[name].collect
            if collect is not None:
                given[name] = collect(value)
        return given

    def bind(self, given: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return arguments by parameter as positional and keyword arguments."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for name, parameter in self.parameters.items():
            if name not in given:
                continue
            value = given[name]
            if parameter.kind is _KINDS.VAR_POSITIONAL:
                if value:
                    args = [*self._by_position(name, given), *value]
                    kwargs.clear()
            elif parameter.kind is _KINDS.VAR_KEYWORD:
                kwargs |= value
            elif parameter.kind is _KINDS.POSITIONAL_ONLY:
                args = [*self._by_position(name, given), value]
            else:
                kwargs[name] = value
        return tuple(args), kwargs

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"redun: error: {message}\n")

    def _add_parameter(self, parameter: inspect.Parameter, reader: Reader, note: str) -> None:
        option = "--" + parameter.name.replace("_", "-")
        settings: dict[str, Any] = {"dest": parameter.name, "type": reader, "default": argparse.SUPPRESS}
        if reader.collect is not None:
            settings |= {"nargs": "+", "action": "extend"}
        elif reader.is_bool:
            settings |= {"nargs": "?", "const": True}
        self.add_argument(
            option,
            metavar=reader.metavar,
            required=_is_required(parameter) and parameter.name not in self.known,
            help=_help(parameter, note, shown=not reader.is_secret),
            **settings,
        )
        negated = "no_" + parameter.name
        if reader.is_bool and negated not in self.parameters:
            self.add_argument(
                "--" + negated.replace("_", "-"),
                dest=parameter.name,
                action="store_false",
                default=argparse.SUPPRESS,
                help=argparse.SUPPRESS,
            )

    def _unknown(self, words: list[str]) -> str:
        word = words[0].partition("=")[0]
        if not word.startswith("-"):
            return f"unexpected argument {word!r}: arguments of a task are given as --name value"
        if word in self.misplaced:
            return f"{word} is an option of {self.misplaced[word]}"
        near = difflib.get_close_matches(word, list(self._option_string_actions), n=1, cutoff=0.5)
        return f"no such option: {word}" + (f"; did you mean {near[0]}?" if near else "")

    def _by_position(self, last: str, given: Mapping[str, Any]) -> list[Any]:
        """Return what precedes `last`: positional arguments cannot follow keyword ones, so defaults are spelt out."""
        earlier = itertools.takewhile(lambda name: name != last, self.parameters)
        return [given.get(name, self.parameters[name].default) for name in earlier]


def _annotation(func: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """Return the parameter's annotation, evaluated if it is a string; text where that is not possible."""
    annotation = parameter.annotation
    if not isinstance(annotation, str):
        return annotation
    scope = getattr(inspect.unwrap(func), "__globals__", {})
    try:
        return eval(annotation, scope)
    except Exception:  # names that exist for type checkers only
        return _KINDS.empty


def _reader(parameter: inspect.Parameter, annotation: Any) -> Reader:
    if parameter.kind is _KINDS.VAR_POSITIONAL:
        return reader_of(list[annotation] if annotation is not _KINDS.empty else list[str])
    if parameter.kind is _KINDS.VAR_KEYWORD:
        return reader_of(dict[str, annotation] if annotation is not _KINDS.empty else dict)
    return reader_of(annotation)


def _is_required(parameter: inspect.Parameter) -> bool:
    variadic = parameter.kind in (_KINDS.VAR_POSITIONAL, _KINDS.VAR_KEYWORD)
    return parameter.default is _KINDS.empty and not variadic


def _help(parameter: inspect.Parameter, note: str, *, shown: bool) -> str:
    value = shorten(parameter.default) if shown else "<secret>"
    default = "" if parameter.default is _KINDS.empty else f"(default: {value})"
    # An empty help text would leave the option out of the columns.
    return f"{note} {default}".strip().replace("%", "%%") or " "
