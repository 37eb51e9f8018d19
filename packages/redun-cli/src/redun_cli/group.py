"""Click groups whose commands are imported on use and whose help names where each came from.

Floor: command line.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pkgutil import resolve_name
from typing import Any

import attrs
import click

from redun_cli.invocation import Invocation, invocation_of

__all__ = ["CORE", "CommandEntry", "LazyGroup", "RootGroup", "as_tree"]


CORE = "core"


@attrs.frozen
class CommandEntry:
    """A command that is not imported yet.

    Attributes
    ----------
    help : str
        The line shown in listings.
    fetch : callable
        Imports it.
    origin : str
        Who supplies it: `core` or a plugin.
    """

    help: str
    fetch: Callable[[], object]
    origin: str = CORE

    @classmethod
    def of_core(cls, target: str, help: str) -> CommandEntry:  # noqa: A002
        """Make the entry of a command that is found at `module:attribute`."""
        return cls(help, partial(resolve_name, target))

    def load(self) -> click.Command:
        """Import the command.

        Raises
        ------
        PluginError
            A plugin's command cannot be imported, or is no click command.
        """
        command = self.fetch()
        if not isinstance(command, click.Command):
            from redun.errors import PluginError

            raise PluginError(f"a command of {self.origin} is no click command but {command!r}")
        return command


class LazyGroup(click.Group):
    """A group that knows names and help of its commands and imports one when it is used."""

    def __init__(
        self, *args: Any, entries: Mapping[str, CommandEntry | LazyGroup], origin: str = CORE, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.entries = dict(entries)
        self.origin = origin

    def entry(self, ctx: click.Context, name: str) -> CommandEntry | LazyGroup | None:
        """Return what is known of the command called `name`."""
        return self.entries.get(name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.entry(ctx, cmd_name)
        return entry.load() if isinstance(entry, CommandEntry) else entry

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            near = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f"Did you mean {near[0]!r}?" if near else self.explain_missing(ctx, name)
            raise click.UsageError(f"No such command {name!r}. {hint}".rstrip(), ctx)
        return name, command, args[1:]

    def explain_missing(self, ctx: click.Context, name: str) -> str:
        """Return what is known of a command that is not there."""
        return ""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            entry = self.entry(ctx, name)
            if entry is not None:
                sections.setdefault(entry.origin, []).append((name, entry.help or ""))
        for origin, rows in sections.items():
            with formatter.section("Commands" if origin == CORE else f"Commands of {origin}"):
                formatter.write_dl(rows)


class RootGroup(LazyGroup):
    """The commands of core, and those of plugins, which are asked for only when core has no answer."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        argv = [str(ctx.info_name), *args]
        rest = super().parse_args(ctx, args)
        # Here rather than in the callback: finding a plugin's command by its name already needs it.
        ctx.obj = Invocation.from_params(ctx.params, argv)
        return rest

    def entry(self, ctx: click.Context, name: str) -> CommandEntry | LazyGroup | None:
        return self.entries.get(name) or self._plugin_entries(ctx).get(name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(dict.fromkeys([*self.entries, *self._plugin_entries(ctx)]))

    def explain_missing(self, ctx: click.Context, name: str) -> str:
        from redun.errors import UnknownProviderError

        try:
            # Disputed, left out, not installed or failed: the host knows, and what to do.
            invocation_of(ctx).host.command(name)
        except UnknownProviderError as unknown:
            return f"\n  {unknown}"
        return ""

    def _plugin_entries(self, ctx: click.Context) -> dict[str, CommandEntry | LazyGroup]:
        known: dict[str, CommandEntry | LazyGroup] | None = ctx.meta.get("redun_cli.plugin_entries")
        if known is None:
            known = ctx.meta["redun_cli.plugin_entries"] = self._ask_plugins(ctx)
        return known

    def _ask_plugins(self, ctx: click.Context) -> dict[str, CommandEntry | LazyGroup]:
        from redun.errors import RedunError

        try:
            host = invocation_of(ctx).host
        except RedunError as error:
            # Help must be there when the configuration is broken.
            click.echo(f"redun: warning: the commands of plugins are left out: {error}", err=True)
            return {}
        return as_tree(
            (
                spec.path.split(),
                CommandEntry(spec.help, partial(host.command, spec.path), str(host.origin_of(spec))),
            )
            for spec in host.commands()
            if not host.origin_of(spec).builtin
        )


def as_tree(commands: Iterable[tuple[Sequence[str], CommandEntry]]) -> dict[str, CommandEntry | LazyGroup]:
    """Arrange commands of several words in groups: `aws logs` is `logs` in the group `aws`.

    A group shows the origin of its first command. Of a command and a group of one name the group stays, because
    only it can be called in more than one way.
    """
    leaves: dict[str, CommandEntry | LazyGroup] = {}
    deeper: dict[str, list[tuple[Sequence[str], CommandEntry]]] = {}
    for words, entry in commands:
        if len(words) == 1:
            leaves[words[0]] = entry
        else:
            deeper.setdefault(words[0], []).append((words[1:], entry))
    for name, below in deeper.items():
        names = ", ".join(" ".join(words) for words, _ in below)
        leaves[name] = LazyGroup(
            name, entries=as_tree(below), help=f"Commands: {names}.", origin=below[0][1].origin
        )
    return dict(sorted(leaves.items()))
