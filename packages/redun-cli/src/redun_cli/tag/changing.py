"""Changes of tags: everything is looked up first, then changed in one transaction, then told.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from redun.query.opening import changing, look
from redun.recorder.tagging import Entity, TagChange, add_tags, remove_tags, update_tags

from redun_cli.log.writing import write_lines
from redun_cli.tag.entities import entity_named, entity_text

if TYPE_CHECKING:
    from redun.recorder.transaction import Session

    from redun_cli.invocation import Invocation

__all__ = ["add", "change_tags", "remove", "update"]


def add(invocation: Invocation, ids: Sequence[str], tags: Sequence[tuple[str, str]]) -> None:
    """Add tags to what the ids name."""
    entities = _named(invocation, ids)
    changes = change_tags(invocation, lambda session: add_tags(session, entities, tags))
    write_lines(_lines(changes, entities, tags))


def update(invocation: Invocation, ids: Sequence[str], tags: Sequence[tuple[str, str]]) -> None:
    """Let the keys have these values and no others."""
    entities = _named(invocation, ids)
    changes = change_tags(invocation, lambda session: update_tags(session, entities, tags))
    write_lines(_lines(changes, entities, tags))


def remove(invocation: Invocation, ids: Sequence[str], tags: Sequence[tuple[str, str | None]]) -> None:
    """Remove tags from what the ids name."""
    entities = _named(invocation, ids)
    write_lines(_lines(change_tags(invocation, lambda session: remove_tags(session, entities, tags))))


def _named(invocation: Invocation, ids: Sequence[str]) -> list[Entity]:
    with look(invocation.database, lambda: invocation.host) as reader:
        return list(dict.fromkeys(entity_named(reader, text) for text in ids))


def change_tags(invocation: Invocation, change: Callable[[Session], list[TagChange]]) -> list[TagChange]:
    """Make a change in a transaction beside whatever else writes to the record."""
    with changing(invocation.database, lambda: invocation.host) as session:
        return change(session)


def _lines(
    changes: Sequence[TagChange],
    entities: Iterable[Entity] = (),
    tags: Sequence[tuple[str, str]] = (),
) -> Iterator[str]:
    """Yield a line for each change, then for each tag that was there before."""
    for change in changes:
        verb = "add" if change.added else "delete"
        yield f"{verb} tag {entity_text(change.entity)} {change.key}={change.value}"
    new = {(change.entity, change.key, change.value) for change in changes if change.added}
    for entity in entities:
        for key, value in tags:
            if (entity, key, value) not in new:
                yield f"has tag {entity_text(entity)} {key}={value}"
