"""`redun db pin` and `redun db unpin`.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redun.query.opening import look
from redun.recorder.reader_lookup import find
from redun.recorder.reader_records import Kind
from redun.recorder.tagging import Entity, add_tags, remove_tags
from redun.retention.selection import PINNED

from redun_cli.log.writing import write_lines
from redun_cli.tag.changing import change_tags

if TYPE_CHECKING:
    from redun_cli.invocation import Invocation

__all__ = ["pin", "unpin"]


def pin(invocation: Invocation, executions: Sequence[str]) -> None:
    """Give executions the tag."""
    entities = _named(invocation, executions)
    changes = change_tags(invocation, lambda session: add_tags(session, entities, [(PINNED, "true")]))
    added = {change.entity for change in changes}
    write_lines(
        f"{entity.id.hex()} is {'now' if entity in added else 'already'} pinned" for entity in entities
    )


def unpin(invocation: Invocation, executions: Sequence[str]) -> None:
    """Take the tag away."""
    entities = _named(invocation, executions)
    change_tags(invocation, lambda session: remove_tags(session, entities, [(PINNED, None)]))
    write_lines(f"{entity.id.hex()} is no longer pinned" for entity in entities)


def _named(invocation: Invocation, executions: Sequence[str]) -> list[Entity]:
    with look(invocation.database, lambda: invocation.host) as reader:
        found = [find(reader, text, (Kind.EXECUTION,)) for text in executions]
    return list(dict.fromkeys(Entity("execution", bytes(one.key)) for one in found))  # type: ignore[arg-type]
