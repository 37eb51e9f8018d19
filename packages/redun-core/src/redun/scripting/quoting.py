"""Commands made of values: each value is one word, whatever is in it.

Floor: library.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from numbers import Number
from string import Formatter
from typing import Any

import attrs

from redun.errors import ArgumentError
from redun.executors.script_text import dedented, interpreter
from redun.expression.base import Operation
from redun.scripting.places import ARITHMETIC, FIELD, places
from redun.value.nested import contains_lazy

__all__ = ["ShellText", "command_text", "raw", "sh"]

_SHELLS = re.compile(r"(ba|da|a|k|mk|z)?sh\d*$")


class ShellText(str):
    """Text of a shell command, which `sh` inserts as it is.

    Examples
    --------
    >>> from redun import raw
    >>> isinstance(raw("| sort"), ShellText), raw("| sort") == "| sort"
    (True, True)
    """

    __slots__ = ()


def raw(text: str) -> ShellText:
    """Mark text that `sh` inserts into a command as it is: options, a pipe, a whole command.

    Whoever can choose the text can run any command, so it must come from nobody but the author of the workflow.

    Examples
    --------
    >>> from redun import raw, sh
    >>> sh("sort {} {}", raw("-k 2,2n | uniq"), "a b.txt")
    "sort -k 2,2n | uniq 'a b.txt'"
    """
    return ShellText(text)


def sh(template: str, /, *args: Any, **kwargs: Any) -> str:
    """Return a shell command with values put into it safely.

    Parameters
    ----------
    template : str
        The command, with fields as for `str.format`: `{}`, `{0}`, `{name}`, `{name.attribute}`, `{number:.3f}`.
        Braces that are meant for the shell are doubled. No quotes belong around a field.
    *args, **kwargs
        Text, bytes, numbers, paths, `File`, `Dir`, staged files (their local path), and lists of these, which become
        several words. What is made by `sh` or `raw` is inserted as it is. Any of it may be lazy; then so is the
        command.

    Returns
    -------
    str
        The command; an expression of it if a value is lazy.

    Raises
    ------
    ArgumentError
        The template and the values do not fit each other, a field stands where quoting does not protect, or a value is
        of no type that has a place in a command.

    Examples
    --------
    >>> from redun import sh
    >>> from redun import File
    >>> sh("sort {flags} {reads} > {out}", flags=["-k", 2], reads=File("my reads.txt"), out="sorted.txt")
    "sort -k 2 'my reads.txt' > sorted.txt"
    >>> sh("echo {}", "$HOME; rm -rf /")
    "echo '$HOME; rm -rf /'"
    """
    parsed = _Template.parse(template)
    parsed.check(args, kwargs)
    if contains_lazy((args, kwargs)):
        return Operation("call", (fill, template, args, kwargs))  # type: ignore[return-value]
    return parsed.fill(args, kwargs)


def fill(template: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ShellText:
    """Return the command of a template and concrete values."""
    return _Template.parse(template).fill(args, kwargs)


def command_text(command: Any) -> str:
    """Return the text of a command given as text or as a list of words.

    Raises
    ------
    ArgumentError
        It is neither.
    """
    if isinstance(command, (list, tuple)):
        return " ".join(_words(list(command)))
    if isinstance(command, str):
        return str(command)
    raise ArgumentError(
        f"A script's command is text or a list of words, not {type(command).__name__}: {command!r}."
    )


@attrs.frozen
class _Field:
    name: str
    spec: str
    conversion: str | None


@attrs.frozen
class _Template:
    """A template taken apart: text, and fields between it."""

    texts: list[str]
    fields: list[_Field]

    @classmethod
    def parse(cls, template: str) -> _Template:
        if not isinstance(template, str):
            raise ArgumentError(f"sh() wants the command's template as text, not {type(template).__name__}.")
        if FIELD in template:
            raise ArgumentError("A command cannot hold a null character.")
        texts, fields, unnamed = [""], [], 0
        try:
            for literal, name, spec, conversion in Formatter().parse(dedented(template).strip()):
                texts[-1] += literal
                if name is not None:
                    head = re.match(r"[^.[]*", name)
                    assert head is not None
                    if not head[0]:
                        name, unnamed = f"{unnamed}{name}", unnamed + 1
                    fields.append(_Field(name, spec or "", conversion))
                    texts.append("")
        except ValueError as error:
            raise ArgumentError(f"sh(): {error}. {_DOUBLE}") from None
        return cls(texts, fields)

    def check(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Refuse what will not fit whatever the values are."""
        self._check_shell()
        used = [re.split(r"[.[]", field.name)[0] for field in self.fields]
        given = {str(number) for number in range(len(args))} | set(kwargs)
        for name in used:
            if name not in given:
                raise ArgumentError(f"sh(): no value is given for the field {{{name}}}. {_DOUBLE}")
        unused = [name for name in (*map(str, range(len(args))), *kwargs) if name not in used]
        if unused:
            raise ArgumentError(f"sh(): the template has no field for the value(s) {', '.join(unused)}.")
        for field, place in zip(self.fields, self._places(), strict=True):
            if place and place != ARITHMETIC:
                raise ArgumentError(
                    f"sh(): the field {{{field.name}}} stands in {place}, where a value may be read as "
                    "part of the command. Let it stand alone, without quotes of your own; raw() inserts text as it is."
                )

    def _check_shell(self) -> None:
        if not self.texts[0].startswith("#!"):
            return
        name, *rest = interpreter(self.texts[0])
        if os.path.basename(name) == "env" and rest:
            name = next((word for word in rest[0].split() if not re.match(r"-|\w+=", word)), name)
        if not _SHELLS.fullmatch(os.path.basename(name)):
            raise ArgumentError(
                f"sh() quotes values for a shell, and the template is a script for {name!r}. "
                "Give it the values as arguments of its own."
            )

    def _places(self) -> list[str]:
        return places(FIELD.join(self.texts))

    def fill(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ShellText:
        pieces = [self.texts[0]]
        for field, place, text in zip(self.fields, self._places(), self.texts[1:], strict=True):
            value, _key = _FORMATTER.get_field(field.name, args, kwargs)
            if place and not isinstance(value, Number):
                raise ArgumentError(
                    f"sh(): the field {{{field.name}}} stands in {place}, where only a number is safe, not {value!r}."
                )
            if field.conversion:
                value = _FORMATTER.convert_field(value, field.conversion)
            if field.spec:
                value = format(value, field.spec)
            words = " ".join(_words(value))
            if text[:1] in ("<", ">") and words[-1:].isdigit():
                # Or it would be the number of a stream.
                words += "''"
            pieces += (words, text)
        return ShellText("".join(pieces))


_FORMATTER = Formatter()
_DOUBLE = "Braces that are meant for the shell are doubled: ${{HOME}}, awk '{{print $1}}'."


def _words(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [word for part in value for word in _words(part)]
    return [_word(value)]


def _word(value: Any) -> str:
    from shlex import quote

    if isinstance(value, ShellText):
        return str(value)
    if hasattr(type(value), "render_stage"):
        value = value.local
    if isinstance(value, os.PathLike):
        # A name that begins with a dash is a name, no option. A dash alone stands for the standard streams.
        path = os.fsdecode(value)
        text = f"./{path}" if path.startswith("-") and path != "-" else path
    elif isinstance(value, bytes):
        text = os.fsdecode(value)
    elif isinstance(value, (str, Number)):
        text = str(value)
    else:
        raise ArgumentError(
            f"A command is made of text, numbers, files and lists of these, not of {type(value).__name__}: {value!r}."
        )
    if FIELD in text:
        raise ArgumentError(f"A command cannot hold a null character: {value!r}.")
    return quote(text)
