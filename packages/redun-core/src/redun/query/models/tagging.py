"""Tags.

Floor: library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import and_
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, synonym

from redun.query.columns import HexId, JsonText
from redun.query.models.base import Base, Time

__all__ = ["RemovedTag", "Tag", "tags_of"]

# A job's: the id of its execution and four bytes of its number; that of a hash is as long.
_WIDTH = 20


class Tag(Base):
    """A key and a JSON value attached to an execution, job, task or value."""

    __tablename__ = "tag"

    entity: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(HexId(_WIDTH), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JsonText, primary_key=True)

    entity_type: Mapped[str] = synonym("entity")
    entity_id: Mapped[str] = synonym("id")


class RemovedTag(Base):
    """A tag that somebody took away."""

    __tablename__ = "tag_removed"

    entity: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(HexId(_WIDTH), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JsonText, primary_key=True)
    removed: Mapped[Time]


def tags_of(entity: str, identity: Callable[[], Any]) -> Any:
    """Return the relationship from a kind of record to its tags."""
    return relationship(
        primaryjoin=lambda: and_(Tag.entity == entity, identity() == foreign(Tag.id)),
        order_by=lambda: (Tag.key, Tag.value),
        viewonly=True,
    )
