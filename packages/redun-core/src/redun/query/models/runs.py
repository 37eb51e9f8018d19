"""Executions, their jobs, and what these printed.

Floor: library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, ForeignKeyConstraint, and_, type_coerce
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, foreign, mapped_column, object_session, relationship, remote, synonym

from redun.query.columns import Code, HexId, JsonText, Moment
from redun.query.models.base import Base, Duration, Hash, Time
from redun.query.models.tagging import Tag, tags_of
from redun.recorder.batch import ExecutionStatus, JobStatus, OutputStream, Reason
from redun.recorder.ids import EXECUTION_BYTES

if TYPE_CHECKING:
    from redun.query.models.calls import Argument, CallNode, Task
    from redun.query.models.exchange import Origin

__all__ = ["Attempt", "Execution", "Job", "Lease", "Output"]


class Execution(Base):
    """One run. An execution that is stored as running but whose heartbeat stopped has crashed."""

    __tablename__ = "execution"

    key: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(HexId(EXECUTION_BYTES), unique=True)
    argv: Mapped[list[str]] = mapped_column(JsonText)
    task_name: Mapped[str] = mapped_column("task")
    status: Mapped[str] = mapped_column(Code(ExecutionStatus))
    started: Mapped[Time] = mapped_column(index=True)
    ended: Mapped[Time | None]
    heartbeat: Mapped[Time]
    host: Mapped[str]
    pid: Mapped[int]
    version: Mapped[str]
    error: Mapped[str | None]

    jobs: Mapped[list[Job]] = relationship(
        back_populates="execution", order_by=lambda: Job.number, viewonly=True
    )
    tags: Mapped[list[Tag]] = tags_of("execution", lambda: Execution.id)
    origin: Mapped[Origin | None] = relationship(viewonly=True)

    args: Mapped[list[str]] = synonym("argv")
    updated_time: Mapped[Time] = synonym("heartbeat")

    @property
    def duration(self) -> Duration | None:
        """How long it took."""
        return None if self.ended is None else self.ended - self.started

    @property
    def job(self) -> Job | None:
        """The job of the root call."""
        session = object_session(self)
        return None if session is None else session.get(Job, (self.key, 1))


class Job(Base):
    """One call in one run; its number counts within the execution."""

    __tablename__ = "job"
    __table_args__ = (ForeignKeyConstraint(["execution", "parent"], ["job.execution", "job.number"]),)

    execution_key: Mapped[int] = mapped_column("execution", ForeignKey("execution.key"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    parent_number: Mapped[int | None] = mapped_column("parent")
    task_key: Mapped[int] = mapped_column("task", ForeignKey("task.key"))
    eval_hash: Mapped[Hash]
    call_hash: Mapped[Hash | None] = mapped_column(ForeignKey("call_node.hash"))
    status: Mapped[str] = mapped_column(Code(JobStatus))
    reason: Mapped[str] = mapped_column(Code(Reason))
    executor: Mapped[str | None]
    started: Mapped[Time]
    duration: Mapped[Duration | None]

    execution: Mapped[Execution] = relationship(back_populates="jobs", viewonly=True)
    task: Mapped[Task] = relationship(viewonly=True)
    call_node: Mapped[CallNode | None] = relationship(viewonly=True)
    parent_job: Mapped[Job | None] = relationship(
        primaryjoin=lambda: and_(
            foreign(Job.execution_key) == remote(Job.execution_key),
            foreign(Job.parent_number) == remote(Job.number),
        ),
        viewonly=True,
    )
    child_jobs: Mapped[list[Job]] = relationship(
        primaryjoin=lambda: and_(
            Job.execution_key == remote(foreign(Job.execution_key)),
            Job.number == remote(foreign(Job.parent_number)),
        ),
        order_by=lambda: Job.number,
        viewonly=True,
    )
    arguments: Mapped[list[Argument]] = relationship(
        primaryjoin="Job.eval_hash == foreign(Argument.eval_hash)",
        order_by="Argument.position",
        viewonly=True,
    )
    attempts: Mapped[list[Attempt]] = relationship(order_by=lambda: Attempt.attempt, viewonly=True)
    outputs: Mapped[list[Output]] = relationship(order_by=lambda: Output.stream, viewonly=True)

    start_time: Mapped[Time] = synonym("started")
    task_hash: AssociationProxy[str] = association_proxy("task", "hash")
    execution_id: AssociationProxy[str] = association_proxy("execution", "id")

    @property
    def id(self) -> str:
        """The full id: that of the execution, a dot and the number."""
        return f"{self.execution.id}.{self.number}"

    @property
    def cached(self) -> bool:
        """Whether an earlier result was taken."""
        return self.status == JobStatus.CACHED.name

    @hybrid_property
    def ended(self) -> Time | None:
        """When it ended."""
        return None if self.duration is None else self.started + self.duration

    @ended.inplace.expression
    @classmethod
    def _ended(cls) -> ColumnElement[Time]:
        started, duration = type_coerce(cls.started, BigInteger), type_coerce(cls.duration, BigInteger)
        return type_coerce(started + duration, Moment)

    end_time = ended

    @property
    def tags(self) -> list[Tag]:
        """What the job was tagged with: these rows know it by the id of its execution and four bytes of its number."""
        session = object_session(self)
        if session is None:
            return []
        identity = f"{self.execution.id}{self.number:08x}"
        return list(session.query(Tag).filter_by(entity="job", id=identity).order_by(Tag.key, Tag.value))


class Attempt(Base):
    """An attempt at a job that was retried."""

    __tablename__ = "attempt"
    __table_args__: Any = (ForeignKeyConstraint(["execution", "number"], ["job.execution", "job.number"]),)

    execution_key: Mapped[int] = mapped_column("execution", primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    error: Mapped[str]
    cause: Mapped[str]
    started: Mapped[Time]
    duration: Mapped[Duration | None]


class Output(Base):
    """What a job printed or logged: `stream` is STDOUT, STDERR or LOG; `dropped` bytes were left out."""

    __tablename__ = "output"
    __table_args__: Any = (ForeignKeyConstraint(["execution", "number"], ["job.execution", "job.number"]),)

    execution_key: Mapped[int] = mapped_column("execution", primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(Code(OutputStream), primary_key=True)
    text: Mapped[str]
    dropped: Mapped[int]


class Lease(Base):
    """A call that one execution runs and others may wait for."""

    __tablename__ = "lease"

    eval_hash: Mapped[Hash] = mapped_column(primary_key=True)
    execution_key: Mapped[int] = mapped_column("execution", ForeignKey("execution.key"), index=True)
    token: Mapped[int]
    taken: Mapped[Time]
