"""`redun db backup`.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from redun.recorder.value_store import FileValueStore
from redun.retention.copying import Copy, back_up

from redun_cli.db.progress import Progress
from redun_cli.db.sizes import count_text, size_text
from redun_cli.log.writing import write_lines

__all__ = ["make"]

_SHOWN = 20


def make(database: Path, file: Path, store: FileValueStore | None) -> None:
    """Copy a record to a file, and say what was copied."""
    with Progress("copying") as progress:
        copy = back_up(database, file, progress, store=store)
    write_lines(_lines(copy, store))


def _lines(copy: Copy, store: FileValueStore | None) -> Iterator[str]:
    yield f"Copied to {copy.path}: {size_text(copy.bytes)}, checked."
    if copy.payloads:
        folder = copy.path.parent / "values"
        yield f"Large values are in {folder}: {count_text(copy.payloads, 'file')}, {size_text(copy.payload_bytes)}."
    if copy.elsewhere:
        yield (
            f"{count_text(copy.elsewhere, 'large value')} stay in {store}, and are not in the copy: it is complete "
            "with the same value_store_path in section [backend]."
        )
    if copy.lost:
        yield f"{count_text(len(copy.lost), 'large value')} could not be copied, being gone or damaged before:"
        yield from (f"  {value}" for value in copy.lost[:_SHOWN])
        if len(copy.lost) > _SHOWN:
            yield "  …"
