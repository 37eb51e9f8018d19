"""`redun db versions`, `redun db upgrade` and `redun db downgrade`.

Floor: command line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from redun.recorder.revisions import HEAD
from redun.recorder.value_store import FileValueStore
from redun.retention.changing import known_versions
from redun.retention.upkeep import Upkeep

from redun_cli.db.copying import make
from redun_cli.db.information import heading
from redun_cli.db.sizes import columns
from redun_cli.log.writing import write_lines

__all__ = ["go", "show"]


def show(*, as_json: bool) -> None:
    """List the versions of the schema."""
    versions = known_versions()
    if as_json:
        found = [
            {"version": one.name, "description": one.title, "current": one.name == HEAD} for one in versions
        ]
        write_lines(json.dumps(found, indent=2).splitlines())
        return
    rows = [(one.name, "current" if one.name == HEAD else "", one.title) for one in versions]
    write_lines(columns([("Version", "", "Description"), *rows]))


def go(
    command: str,
    version: str,
    upkeep: Upkeep,
    config_dir: Path,
    *,
    backup: Path | None,
    offer: bool,
    store: FileValueStore | None,
) -> None:
    """Bring the record to another version, after a copy if that is wanted."""
    database = upkeep.location
    if backup is not None and not isinstance(database, Path):
        raise click.UsageError("--backup copies files of SQLite; for PostgreSQL there is its program pg_dump")
    present = upkeep.version()
    write_lines([*heading(config_dir), f"Initial db version: {present or 'none, there are no tables yet'}"])
    if isinstance(database, Path):
        if backup is None and offer and _on_terminal():
            answer = click.prompt(
                "Copy the record first? A file name, or nothing for no copy", default="", show_default=False
            )
            backup = Path(answer).expanduser() if answer else None
        if backup is not None:
            make(database, backup, store)
    before, after = upkeep.migrate(version, up=command == "upgrade")
    if before == after:
        write_lines(["No migration needed."])
        return
    write_lines([f"Final db version: {after}"])
    if after == HEAD:
        return
    if isinstance(database, Path):
        write_lines([f"This redun brings it to {HEAD} again when it next opens it: go on with an older one."])
    else:
        write_lines([f"This redun needs {HEAD}: go on with an older one."])


def _on_terminal() -> bool:
    return sys.stdin.isatty()
