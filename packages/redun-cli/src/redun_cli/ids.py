"""Ids as arguments of commands.

Floor: command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

__all__ = ["IdCommand", "id_of", "spelled"]


class IdCommand(click.Command):
    """Takes `-.17` for an id, which has the looks of an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, spelled(args))


def spelled(words: Iterable[str]) -> list[str]:
    """Return words with `-.17` spelled `~1.17`, which is no option; `id_of` undoes it."""
    return [re.sub(r"\A-(?=\.[0-9]+\Z)", "~1", word) for word in words]


def id_of(text: str) -> str:
    """Return an id as it was typed."""
    return re.sub(r"\A~1(?=\.)", "-", text)
