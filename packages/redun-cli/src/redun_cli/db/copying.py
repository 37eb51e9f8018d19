"""`redun db backup`.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from redun.retention.copying import Copy, back_up

from redun_cli.db.progress import Progress
from redun_cli.db.sizes import count_text, size_text
from redun_cli.log.writing import write_lines

__all__ = ["make"]

_SHOWN = 20


def make(database: Path, file: Path) -> None:
    """Copy a record to a file, and say what was copied."""
    with Progress("copying") as progress:
        copy = back_up(database, file, progress)
    write_lines(_lines(copy))


def _lines(copy: Copy) -> Iterator[str]:
    yield f"Copied to {copy.path}: {size_text(copy.bytes)}, checked."
    if copy.payloads:
        folder = copy.path.parent / "values"
        yield f"Large values are in {folder}: {count_text(copy.payloads, 'file')}, {size_text(copy.payload_bytes)}."
    if copy.lost:
        yield f"{count_text(len(copy.lost), 'large value')} could not be copied, being gone or damaged before:"
        yield from (f"  {value}" for value in copy.lost[:_SHOWN])
        if len(copy.lost) > _SHOWN:
            yield "  …"
