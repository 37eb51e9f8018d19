"""`redun db pin` and `redun db unpin`.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from redun.recorder.database import open_database
from redun.recorder.reader import open_reader
from redun.recorder.reader_lookup import find
from redun.recorder.reader_records import Kind
from redun.recorder.tagging import Entity, add_tags, remove_tags
from redun.recorder.transaction import Session
from redun.retention.selection import PINNED

from redun_cli.log.writing import write_lines

__all__ = ["pin", "unpin"]


def pin(database: Path, executions: Sequence[str]) -> None:
    """Give executions the tag."""
    entities = _named(database, executions)
    with closing(open_database(database)) as connection:
        added = {
            change.entity for change in add_tags(Session(connection, database), entities, [(PINNED, "true")])
        }
    write_lines(
        f"{entity.id.hex()} is {'now' if entity in added else 'already'} pinned" for entity in entities
    )


def unpin(database: Path, executions: Sequence[str]) -> None:
    """Take the tag away."""
    entities = _named(database, executions)
    with closing(open_database(database)) as connection:
        remove_tags(Session(connection, database), entities, [(PINNED, None)])
    write_lines(f"{entity.id.hex()} is no longer pinned" for entity in entities)


def _named(database: Path, executions: Sequence[str]) -> list[Entity]:
    with open_reader(database) as reader:
        found = [find(reader, text, (Kind.EXECUTION,)) for text in executions]
    return list(dict.fromkeys(Entity("execution", bytes(one.key)) for one in found))  # type: ignore[arg-type]
