"""Marks of what came from elsewhere, and of what is to be deleted.

Floor: library.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from redun.query.columns import Code
from redun.query.models.base import Base, Hash, Time
from redun.value.codes import ValueFormat

__all__ = ["Doomed", "ForeignCall", "ForeignEvaluation", "ForeignValue", "Origin", "Sweep"]


class Origin(Base):
    """The repository that an execution came from."""

    __tablename__ = "origin"

    execution_key: Mapped[int] = mapped_column("execution", ForeignKey("execution.key"), primary_key=True)
    repository: Mapped[str]
    received: Mapped[Time]


class ForeignEvaluation(Base):
    """An evaluation from a repository that is not trusted: no run takes it for its own."""

    __tablename__ = "foreign_evaluation"

    eval_hash: Mapped[Hash] = mapped_column(primary_key=True)
    value_hash: Mapped[Hash] = mapped_column(ForeignKey("value.hash"), primary_key=True)
    repository: Mapped[str]


class ForeignCall(Base):
    """A call that only such a repository knows."""

    __tablename__ = "foreign_call"

    hash: Mapped[Hash] = mapped_column(ForeignKey("call_node.hash"), primary_key=True)
    repository: Mapped[str]


class ForeignValue(Base):
    """The payload that such a repository has for a value."""

    __tablename__ = "foreign_value"

    hash: Mapped[Hash] = mapped_column(ForeignKey("value.hash"), primary_key=True)
    repository: Mapped[str]
    format: Mapped[str] = mapped_column(Code(ValueFormat))
    flags: Mapped[int]
    blob: Mapped[bytes | None] = mapped_column(deferred=True)
    store: Mapped[str | None]
    signature: Mapped[bytes | None]


class Sweep(Base):
    """A work of maintenance; the one without an end holds the record."""

    __tablename__ = "sweep"

    number: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    host: Mapped[str]
    pid: Mapped[int]
    started: Mapped[Time]
    heartbeat: Mapped[Time]
    marked: Mapped[Time | None]
    newest: Mapped[int | None]
    ended: Mapped[Time | None]


class Doomed(Base):
    """A row that nothing refers to any more."""

    __tablename__ = "doomed"

    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    hash: Mapped[Hash] = mapped_column(primary_key=True)
    sweep: Mapped[int] = mapped_column(ForeignKey("sweep.number"))
