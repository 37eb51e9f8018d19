"""Values, files and handles.

Floor: library. Payloads are columns like any other, fetched only when asked for, and never unpickled.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from redun.query.columns import Code
from redun.query.models.base import Base, Hash
from redun.query.models.calls import Argument, CallNode
from redun.query.models.tagging import Tag, tags_of
from redun.value.codes import ValueFormat

__all__ = ["File", "Handle", "HandleEdge", "Subvalue", "Value"]


class Value(Base):
    """A value: type, size in bytes, and a preview of at most 200 characters."""

    __tablename__ = "value"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    type: Mapped[str]
    size: Mapped[int]
    preview: Mapped[str]
    format: Mapped[str] = mapped_column(Code(ValueFormat))
    flags: Mapped[int]
    blob: Mapped[bytes | None] = mapped_column(deferred=True)
    store: Mapped[str | None]
    signature: Mapped[bytes | None]

    call_nodes: Mapped[list[CallNode]] = relationship(back_populates="value", viewonly=True)
    arguments: Mapped[list[Argument]] = relationship(back_populates="value", viewonly=True)
    files: Mapped[list[File]] = relationship(back_populates="value", viewonly=True)
    children: Mapped[list[Value]] = relationship(
        secondary="subvalue",
        primaryjoin=lambda: Value.hash == Subvalue.parent,
        secondaryjoin=lambda: Value.hash == Subvalue.child,
        viewonly=True,
    )
    parents: Mapped[list[Value]] = relationship(
        secondary="subvalue",
        primaryjoin=lambda: Value.hash == Subvalue.child,
        secondaryjoin=lambda: Value.hash == Subvalue.parent,
        viewonly=True,
    )
    tags: Mapped[list[Tag]] = tags_of("value", lambda: Value.hash)

    value_hash: Mapped[Hash] = synonym("hash")


class Subvalue(Base):
    """A file or the like within a value."""

    __tablename__ = "subvalue"

    parent: Mapped[Hash] = mapped_column(ForeignKey("value.hash"), primary_key=True)
    child: Mapped[Hash] = mapped_column(ForeignKey("value.hash"), primary_key=True, index=True)


class File(Base):
    """A content that the file at a path had."""

    __tablename__ = "file"

    path: Mapped[str] = mapped_column(primary_key=True)
    value_hash: Mapped[Hash] = mapped_column(ForeignKey("value.hash"), primary_key=True)

    value: Mapped[Value] = relationship(back_populates="files", viewonly=True)


class Handle(Base):
    """A state of a handle, and whether it is valid."""

    __tablename__ = "handle"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    fullname: Mapped[str]
    key: Mapped[str]
    valid: Mapped[bool]

    children: Mapped[list[Handle]] = relationship(
        secondary="handle_edge",
        primaryjoin=lambda: Handle.hash == HandleEdge.parent,
        secondaryjoin=lambda: Handle.hash == HandleEdge.child,
        viewonly=True,
    )


class HandleEdge(Base):
    """A state of a handle and one that came from it."""

    __tablename__ = "handle_edge"

    parent: Mapped[Hash] = mapped_column(ForeignKey("handle.hash"), primary_key=True)
    child: Mapped[Hash] = mapped_column(ForeignKey("handle.hash"), primary_key=True)
