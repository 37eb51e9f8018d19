"""`redun plugins`: what is installed, what it supplies, what went wrong.

Floor: command line.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from redun_cli.invocation import invocation_of

if TYPE_CHECKING:
    from redun.host.listing import PluginListing

__all__ = ["plugins"]


@click.command(short_help="List plugins and what they supply.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_context
def plugins(ctx: click.Context, as_json: bool) -> None:
    """List the plugins that are installed: in use, left out or failed, and what each supplies."""
    from redun.host.listing import list_plugins

    invocation = invocation_of(ctx)
    # The listing itself shows what went wrong.
    listings = list_plugins(invocation.make_host(invocation.config, quiet=True))
    if as_json:
        import json

        click.echo(json.dumps([listing.to_json() for listing in listings], indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(listings)))


def _lines(listings: list[PluginListing]) -> list[str]:
    heads = [(each.name, each.status, f"{each.distribution} {each.version}".strip()) for each in listings]
    name_width = max(len(name) for name, _, _ in heads)
    status_width = max(len(status) for _, status, _ in heads)
    lines = []
    for listing, (name, status, distribution) in zip(listings, heads, strict=True):
        lines.append(f"{name:<{name_width}}  {status:<{status_width}}  {distribution}")
        for noun, names in listing.supplies.items():
            lines += _wrapped(noun, names)
        # A plugin that supplies nothing by name watches or decides; its hooks tell which.
        if listing.hooks and not listing.supplies:
            lines += _wrapped("hooks", listing.hooks)
        if listing.reason:
            lines.append(f"    {listing.reason}")
        lines += [f"    error: {problem}" for problem in listing.problems]
    return lines


def _wrapped(noun: str, names: Sequence[str]) -> list[str]:
    """Return names as lines that fit the terminal."""
    width = max(40, shutil.get_terminal_size().columns)
    text = f"{noun}: {', '.join(names)}"
    return textwrap.wrap(
        text, width, initial_indent="    ", subsequent_indent="        ", break_on_hyphens=False
    )
