"""Options that several commands have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from redun_executor_batch.commands.inquiry import STATUSES

__all__ = ["Duration", "age", "executor_option", "queue_option", "status_option", "yes_option"]

Command = TypeVar("Command", bound=Callable[..., Any])

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw]?)")


class Duration(click.ParamType[float]):
    """A number and a unit: `90s`, `30m`, `12h`, `7d`, `4w`; without a unit days."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds."""
        seconds = value if isinstance(value, float) else self.seconds(str(value))
        if seconds is None:
            self.fail(f"{value!r} is no duration; write it like 12h, 30d or 4w", param, ctx)
        return seconds

    @staticmethod
    def seconds(text: str) -> float | None:
        """Return seconds; None if the text is no duration.

        Examples
        --------
        >>> Duration.seconds("1.5h"), Duration.seconds("30"), Duration.seconds("soon")
        (5400.0, 2592000.0, None)
        """
        match = _DURATION.fullmatch(text.strip().lower())
        return None if match is None else float(match[1]) * _SECONDS[match[2] or "d"]


def age(seconds: float) -> str:
    """Return a duration as people say it.

    Examples
    --------
    >>> age(59), age(7260), age(9 * 86400)
    ('59s', '2h', '9d')
    """
    for unit, most in (("s", 60), ("m", 3600), ("h", 48 * 3600)):
        if seconds < most:
            return f"{int(seconds // _SECONDS[unit])}{unit}"
    return f"{int(seconds // _SECONDS['d'])}d"


def executor_option(command: Command) -> Command:
    """Add `--executor`."""
    return click.option(
        "--executor", "executors", metavar="NAME", multiple=True, help="This executor only; repeatable."
    )(command)


def queue_option(command: Command) -> Command:
    """Add `--queue`."""
    return click.option(
        "--queue",
        "queues",
        metavar="QUEUE",
        multiple=True,
        help="Look into this queue instead of the executor's own; repeatable.",
    )(command)


def status_option(default: Iterable[str], what: str) -> Callable[[Command], Command]:
    """Return a decorator that adds `-s`."""
    usual = tuple(default)

    def read(_ctx: click.Context, _param: click.Parameter, given: Sequence[str]) -> tuple[str, ...]:
        words = [word.upper() for text in given for word in re.split(r"[\s,]+", text) if word]
        if "ALL" in words:
            return STATUSES
        for word in words:
            if word not in STATUSES:
                raise click.BadParameter(f"{word!r} is none of {', '.join(STATUSES)}, all")
        return tuple(status for status in STATUSES if status in words) or usual

    return click.option(
        "-s",
        "--status",
        "--statuses",
        "statuses",
        metavar="STATUSES",
        multiple=True,
        callback=read,
        help=f"States of jobs, separated by commas, or all. Default: {what}.",
    )


def yes_option(what: str) -> Callable[[Command], Command]:
    """Return a decorator that adds `--yes`."""
    return click.option("-y", "--yes", is_flag=True, help=f"{what} without asking.")
