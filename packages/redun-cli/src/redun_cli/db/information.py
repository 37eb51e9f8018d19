"""`redun db info`.

Floor: command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from redun.recorder.revisions import REVISIONS
from redun.retention.changing import known_versions
from redun.retention.information import Information
from redun.retention.upkeep import Upkeep

from redun_cli.db.sizes import columns, count_text, size_text
from redun_cli.log.moments import iso, local
from redun_cli.log.writing import write_lines

__all__ = ["heading", "show"]


def show(upkeep: Upkeep, config_dir: Path, *, as_json: bool) -> None:
    """Describe a record."""
    found = upkeep.describe()
    if as_json:
        write_lines(json.dumps(_document(found), indent=2).splitlines())
    else:
        write_lines(_lines(found, config_dir))


def heading(config_dir: Path) -> list[str]:
    """Return the lines that say which redun this is, and whose configuration."""
    from redun import __version__

    return [f"redun :: version {__version__}", f"config dir: {config_dir}", ""]


def _lines(found: Information, config_dir: Path) -> Iterator[str]:
    yield from heading(config_dir)
    yield f"database: {found.path}"
    yield f"db version: {found.schema} '{_title(found.schema)}'"
    when = "by `redun db upgrade`" if found.file is None else "when they are opened"
    yield f"needed: {found.known}; older ones from {REVISIONS[0]} on are brought to it {when}"
    yield f"compatible: {found.schema in REVISIONS}"
    yield ""
    sizes = [("database", size_text(found.database), "")]
    if found.file is not None:
        sizes = [
            ("database", size_text(found.database), f"{size_text(found.file.free)} of it free"),
            ("log of changes", size_text(found.file.log), ""),
            ("value store", size_text(found.file.payloads), count_text(found.file.payload_files, "file")),
        ]
    yield from columns(sizes, right=(1,))
    yield ""
    total = sum(found.executions.values())
    parts = [f"{number:,} {status.lower()}" for status, number in found.executions.items()]
    if found.pinned:
        parts.append(f"{found.pinned:,} pinned")
    yield f"{count_text(total, 'execution')}" + (f": {', '.join(parts)}" if parts else "")
    if found.oldest is not None and found.newest is not None:
        yield f"oldest {local(found.oldest)}, newest {local(found.newest)}"
    if found.marked:
        yield f"{count_text(found.marked, 'row')} marked for removal: `redun db gc --unreachable-only` deletes them"
    yield ""
    rows = [
        (name, f"{table.rows:,}", "" if table.bytes is None else size_text(table.bytes))
        for name, table in found.tables.items()
    ]
    yield from columns([("table", "rows", "size"), *rows], right=(1, 2))


def _title(schema: str) -> str:
    return next((version.title for version in known_versions() if version.name == schema), "of a newer redun")


def _document(found: Information) -> dict[str, object]:
    sizes: dict[str, int] = {"database": found.database}
    if found.file is not None:
        sizes |= {"log": found.file.log, "values": found.file.payloads, "free": found.file.free}
    return {
        "database": str(found.path),
        "schema": found.schema,
        "needed": found.known,
        "compatible": found.schema in REVISIONS,
        "bytes": sizes,
        **({} if found.file is None else {"value_files": found.file.payload_files}),
        "executions": found.executions,
        "pinned": found.pinned,
        "oldest": None if found.oldest is None else iso(found.oldest),
        "newest": None if found.newest is None else iso(found.newest),
        "marked": found.marked,
        "tables": {name: {"rows": table.rows, "bytes": table.bytes} for name, table in found.tables.items()},
    }
