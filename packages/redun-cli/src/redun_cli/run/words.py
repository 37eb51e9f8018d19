"""Reading `KEY=VALUE`, contexts and ids as they are typed after options of `redun run`.

Floor: command line. Click callbacks: what is ill-formed is wrong usage.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["context_file", "context_updates", "execution_id", "tags", "task_option"]

F = TypeVar("F", bound=Callable[..., Any])


def tags(_ctx: click.Context, _param: click.Parameter, words: Sequence[str]) -> list[tuple[str, Any]]:
    """Read tags; a key may occur more than once."""
    return [_pair(word) for word in words]


def pairs(_ctx: click.Context, _param: click.Parameter, words: Sequence[str]) -> dict[str, Any]:
    """Read options, values as those of tags; the last of a name counts."""
    return dict(_pair(word) for word in words)


def task_option(help_text: str) -> Callable[[F], F]:
    """Return the option `-o NAME=VALUE`, which a command gets as `options`."""
    return click.option(
        "-o", "--option", "options", metavar="NAME=VALUE", multiple=True, callback=pairs, help=help_text
    )


def context_updates(_ctx: click.Context, _param: click.Parameter, words: Sequence[str]) -> dict[str, Any]:
    """Read changes of a context: keys with dots are paths."""
    from redun.task.context import layered

    return layered("--context", *(dict([_pair(word)]) for word in words))


def context_file(_ctx: click.Context, _param: click.Parameter, path: Path | None) -> dict[str, Any]:
    """Read a context from a JSON file."""
    from redun.task.context import layered

    if path is None:
        return {}
    try:
        return layered(str(path), json.loads(path.read_bytes()))
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise click.BadParameter(f"{path} is not JSON: {error}") from None
    except TypeError as error:
        raise click.BadParameter(str(error)) from None


def execution_id(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    """Read an id, as 32 hex digits with or without dashes."""
    if text is None:
        return None
    try:
        return uuid.UUID(text).hex
    except ValueError:
        raise click.BadParameter(f"{text!r} is not 32 hex digits, with or without dashes") from None


def _pair(word: str) -> tuple[str, Any]:
    from redun.tags import parse_tag_key_value

    key, equals, _ = word.partition("=")
    if not key or not equals:
        raise click.BadParameter(f"{word!r} is not of the form KEY=VALUE")
    try:
        return parse_tag_key_value(word)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
