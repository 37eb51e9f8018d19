"""Calls, their arguments, and the code that was called.

Floor: library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, case
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship, synonym

from redun.query.columns import JsonText
from redun.query.models.base import Base, Hash, Time
from redun.query.models.runs import Job
from redun.query.models.tagging import Tag, tags_of

if TYPE_CHECKING:
    from redun.query.models.values import Value

__all__ = ["Argument", "CallEdge", "CallNode", "Code", "Evaluation", "Flow", "Task", "TaskPart", "TaskSet"]


class Task(Base):
    """A version of a task."""

    __tablename__ = "task"

    key: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[Hash] = mapped_column(unique=True)
    namespace: Mapped[str] = mapped_column()
    name: Mapped[str] = mapped_column(index=True)
    parameters: Mapped[list[str]] = mapped_column(JsonText)
    source: Mapped[str]
    file: Mapped[str]
    line: Mapped[int]
    version: Mapped[str | None]
    fullname: Mapped[str] = column_property(case((namespace == "", name), else_=namespace + "." + name))

    parts: Mapped[list[TaskPart]] = relationship(viewonly=True)
    tags: Mapped[list[Tag]] = tags_of("task", lambda: Task.hash)


class TaskPart(Base):
    """What the hash of a task covers besides its own source, such as a helper function."""

    __tablename__ = "task_part"

    task_key: Mapped[int] = mapped_column("task", ForeignKey("task.key"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[Hash]
    via: Mapped[str | None]
    code_hash: Mapped[Hash | None] = mapped_column("code", ForeignKey("code.hash"))

    code: Mapped[Code | None] = relationship(viewonly=True)


class Code(Base):
    """A source text."""

    __tablename__ = "code"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    text: Mapped[str]


class CallEdge(Base):
    """A call that was made by a call, in order."""

    __tablename__ = "call_edge"

    parent_hash: Mapped[Hash] = mapped_column("parent", ForeignKey("call_node.hash"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    child_hash: Mapped[Hash] = mapped_column("child", ForeignKey("call_node.hash"))

    parent: Mapped[CallNode] = relationship(foreign_keys=[parent_hash], viewonly=True)
    child: Mapped[CallNode] = relationship(foreign_keys=[child_hash], viewonly=True)

    parent_id: Mapped[Hash] = synonym("parent_hash")
    child_id: Mapped[Hash] = synonym("child_hash")
    call_order: Mapped[int] = synonym("position")


class CallNode(Base):
    """A finished call with its final value; when `failed`, the value is the error."""

    __tablename__ = "call_node"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    task_key: Mapped[int] = mapped_column("task", ForeignKey("task.key"))
    eval_hash: Mapped[Hash]
    value_hash: Mapped[Hash] = mapped_column(ForeignKey("value.hash"), index=True)
    task_set: Mapped[Hash | None]
    failed: Mapped[bool]
    created: Mapped[Time | None]

    task: Mapped[Task] = relationship(viewonly=True)
    value: Mapped[Value] = relationship(back_populates="call_nodes", viewonly=True)
    jobs: Mapped[list[Job]] = relationship(
        back_populates="call_node", order_by=lambda: (Job.execution_key.desc(), Job.number), viewonly=True
    )
    arguments: Mapped[list[Argument]] = relationship(
        primaryjoin="CallNode.eval_hash == foreign(Argument.eval_hash)",
        order_by="Argument.position",
        viewonly=True,
    )
    children: Mapped[list[CallNode]] = relationship(
        secondary="call_edge",
        primaryjoin=lambda: CallNode.hash == CallEdge.parent_hash,
        secondaryjoin=lambda: CallNode.hash == CallEdge.child_hash,
        order_by=lambda: CallEdge.position,
        viewonly=True,
    )

    call_hash: Mapped[Hash] = synonym("hash")
    timestamp: Mapped[Time | None] = synonym("created")
    task_hash: AssociationProxy[str] = association_proxy("task", "hash")
    task_name: AssociationProxy[str] = association_proxy("task", "fullname")

    @property
    def parents(self) -> list[CallNode]:
        """The calls that made it, as its jobs know."""
        above = [job.parent_job.call_node for job in self.jobs if job.parent_job is not None]
        return list(dict.fromkeys(call for call in above if call is not None))


class Argument(Base):
    """An argument of a call, by the call's cache key."""

    __tablename__ = "argument"

    eval_hash: Mapped[Hash] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    value_hash: Mapped[Hash] = mapped_column(ForeignKey("value.hash"), index=True)

    value: Mapped[Value] = relationship(back_populates="arguments", viewonly=True)
    upstream: Mapped[list[CallNode]] = relationship(
        secondary="flow",
        primaryjoin=lambda: (Argument.eval_hash == Flow.eval_hash) & (Argument.position == Flow.position),
        secondaryjoin=lambda: CallNode.hash == Flow.source,
        viewonly=True,
    )

    arg_position: Mapped[int] = synonym("position")
    arg_key: Mapped[str] = synonym("name")


class Flow(Base):
    """The finished call whose result an argument, or a part of it, came from."""

    __tablename__ = "flow"

    eval_hash: Mapped[Hash] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[Hash] = mapped_column(ForeignKey("call_node.hash"), primary_key=True, index=True)


class Evaluation(Base):
    """What the body of a call returned, by the call's cache key; perhaps an expression."""

    __tablename__ = "evaluation"

    eval_hash: Mapped[Hash] = mapped_column(primary_key=True)
    value_hash: Mapped[Hash] = mapped_column(ForeignKey("value.hash"))

    value: Mapped[Value] = relationship(viewonly=True)


class TaskSet(Base):
    """The tasks that a call used, itself and below, and hashes of other things that its result depends on."""

    __tablename__ = "task_set"

    hash: Mapped[Hash] = mapped_column(primary_key=True)
    task_hash: Mapped[Hash] = mapped_column(primary_key=True)
