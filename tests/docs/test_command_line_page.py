"""docs/command-line.md names every command and option that there is, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from redun_cli.main import redun

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "command-line.md").read_text()
TABLE = re.compile(
    r"^\| option of `(?P<command>[^`]+)` \|[^\n]*\n\|[-|]+\n(?P<rows>(?:\|[^\n]*\n)+)", re.MULTILINE
)
WRITTEN = {
    found["command"]: {
        option
        for row in found["rows"].splitlines()
        for option in re.findall(r"`(--?[\w-]+)`", row.split("|")[1])
    }
    for found in TABLE.finditer(PAGE)
}


def walk(command: click.Command, name: str) -> Iterator[tuple[str, click.Context]]:
    """Yield each command of redun itself with its name."""
    context = click.Context(command, info_name=name, help_option_names=["-h", "--help"])
    yield name, context
    if isinstance(command, click.Group):
        # Commands of plugins are for their own pages.
        for below in getattr(command, "entries", None) or command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from walk(found, f"{name} {below}")


COMMANDS = dict(walk(redun, "redun"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_place(name: str) -> None:
    top = " ".join(name.split()[:2])
    assert top == "redun" or f"\n## `{top}`\n" in PAGE
    assert f"`{name}" in PAGE


@pytest.mark.parametrize("name", COMMANDS)
def test_options_are_those_of_the_command(name: str) -> None:
    context = COMMANDS[name]
    real = {
        option
        for param in context.command.get_params(context)
        if isinstance(param, click.Option)
        for option in param.opts
    }
    if name in WRITTEN:
        assert WRITTEN[name] == real
    else:
        assert real == {"-h", "--help"}, "write a table of its options"


def test_no_other_command_is_described() -> None:
    assert set(WRITTEN) <= set(COMMANDS)
    headings = set(re.findall(r"^## `(redun \w+)`$", PAGE, re.MULTILINE))
    assert headings == {name for name in COMMANDS if name.count(" ") == 1}
