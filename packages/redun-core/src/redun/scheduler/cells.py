"""Cells: the state of what is being evaluated.

Floor: scheduler. A cell stands for one lazy value. It waits for the parts of its template, then takes its next step.
Cells are data; `reduction` moves them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any

from redun.recorder.batch import JobStatus, Reason
from redun.task.context import NO_CONTEXT, Context
from redun.task.job_info import JobInfo
from redun.task.signature import ESCAPE
from redun.value.nested import rebuild, shape_of

if TYPE_CHECKING:
    from redun.errors import SchedulerError
    from redun.scheduler.failure import Fault
    from redun.task.options import Policy
    from redun.task.task import Task
    from redun.value.nested import Lazy

__all__ = [
    "DONE",
    "DROPPED",
    "FAILED",
    "PENDING",
    "TAIL",
    "Cell",
    "FormCell",
    "GatherCell",
    "Job",
    "OperationCell",
    "WatchCell",
]

PENDING, DONE, FAILED = 0, 1, 2

DROPPED: Any = type("Dropped", (), {"__slots__": ()})()
"""Stands for a large value that was consumed and can be read again from the record."""

TAIL: Any = type("Tail", (), {"__slots__": ()})()
"""Stands for a template that is one lazy value, whose own arguments need not be kept while it is evaluated."""


class Cell:
    """One lazy value on its way.

    Attributes
    ----------
    run : object
        The evaluation it belongs to; an expression may be evaluated by several, one after another.
    owner : Job or None
        The job whose body made it.
    waiters : list of Cell or None
        Who wants its value.
    state : int
        PENDING, DONE or FAILED.
    value, value_hash : object, bytes or None
        The final value once DONE; the hash where it is known.
    fault : Fault or None
        Why it FAILED.
    template : object
        The nested value whose lazy leaves it waits for.
    leaves, parts : list
        These leaves and their cells, side by side.
    remaining : int
        How many parts are still pending.
    readers : int
        How many cells still have to read the value.
    stored : int or None
        For a large value, the format of its payload in the record: it is kept here no longer than somebody waits
        for it. None for a value that is kept.
    sources : tuple of bytes
        Hashes of the calls whose results went into the value.
    items : list of tuple of bytes, or None
        The same for each item, where the value is a list and that is known.
    """

    items: list[tuple[bytes, ...]] | None = None

    __slots__ = (
        "fault",
        "leaves",
        "owner",
        "parts",
        "readers",
        "remaining",
        "run",
        "sources",
        "state",
        "stored",
        "template",
        "value",
        "value_hash",
        "waiters",
    )

    def __init__(self, run: object, owner: Job | None) -> None:
        self.run = run
        self.owner = owner
        self.waiters: list[Cell] | None = None
        self.state = PENDING
        self.value: Any = None
        self.value_hash: bytes | None = None
        self.fault: Fault | None = None
        self.template: Any = None
        self.leaves: list[Lazy] | None = None
        self.parts: list[Cell] | None = None
        self.remaining = 0
        self.readers = 0
        self.stored: int | None = None
        self.sources: tuple[bytes, ...] = ()

    def never_kept(self) -> SchedulerError | None:
        """Return the error of a promise that nobody can keep any more; None for what was promised by nobody."""
        return None


class GatherCell(Cell):
    """A nested value, done when its leaves are; a patient one waits for failed leaves too."""

    __slots__ = ("items", "patient")

    def __init__(self, run: object, owner: Job | None, *, patient: bool = False) -> None:
        super().__init__(run, owner)
        self.items = None
        self.patient = patient


class OperationCell(Cell):
    """An operator on lazy operands."""

    __slots__ = ("applied", "name")

    def __init__(self, run: object, owner: Job | None, name: str) -> None:
        super().__init__(run, owner)
        self.name = name
        self.applied = False


class FormCell(Cell):
    """A special form: a generator that yields what it wants evaluated."""

    __slots__ = ("awaited", "generator", "items", "returned")

    def __init__(self, run: object, owner: Job | None) -> None:
        super().__init__(run, owner)
        self.items = None
        self.generator: Generator[Any, Any, Any] | None = None
        self.awaited: GatherCell | None = None
        self.returned = False


class WatchCell(FormCell):
    """Tells somebody outside of the graph when what it awaits has its value or its fault."""

    __slots__ = ("told",)

    def __init__(self, run: object, owner: Job | None, told: Callable[[GatherCell], None]) -> None:
        super().__init__(run, owner)
        self.told = told


class Job(Cell):
    """A call of a task: what the scheduler, the rebuilder and an executor know of it.

    Attributes
    ----------
    number : int
        Its number within the execution; 0 while its arguments are not concrete.
    names, positional : tuple of str, int
        Names of the bound arguments; how many of them are passed by position.
    values : tuple
        The bound arguments, concrete and shared with other calls; None once the job is done.
    arg_hashes : list of bytes or None
        Their hashes, None where not known yet; None when none is.
    fresh : sequence of int or None
        Positions of arguments that are not the recorded result of a call; None for all.
    flows : list of (position, call hash)
        The calls whose results went into which argument.
    children : list of Job
        The calls that its body made, in order.
    tasks : frozenset of bytes or None
        Hashes of the tasks used in it and below; None when only its own.
    context : Context or None
        What `get_context` reads; None for the empty context.
    context_used : bool
        It was read in this call or below.
    """

    __slots__ = (
        "arg_hashes",
        "body_done",
        "call_hash",
        "children",
        "context",
        "context_used",
        "duration",
        "eval_hash",
        "flows",
        "fresh",
        "joined",
        "names",
        "number",
        "policy",
        "positional",
        "reason",
        "started",
        "status",
        "task",
        "tasks",
        "values",
    )

    def __init__(self, run: object, owner: Job | None, task: Task[..., Any], policy: Policy) -> None:
        super().__init__(run, owner)
        self.task = task
        self.policy = policy
        self.names: tuple[str, ...] = ()
        self.values: tuple[Any, ...] | None = None
        self.positional = 0
        self.arg_hashes: Sequence[bytes | None] | None = None
        self.fresh: Sequence[int] | None = None
        self.flows: list[tuple[int, bytes]] | None = None
        self.eval_hash = b""
        self.call_hash: bytes | None = None
        self.number = 0
        self.status = JobStatus.RUNNING
        self.reason = Reason.REPLAYED
        self.started = 0
        self.duration: int | None = None
        self.children: list[Job] | None = None
        self.tasks: frozenset[bytes] | None = None
        self.context: Context | None = None
        self.context_used = False
        self.body_done = False
        self.joined: Job | None = None

    @property
    def replay(self) -> bool:
        """Earlier executions may be used."""
        return self.policy.replay

    @property
    def single(self) -> bool:
        """Among them what the body of such a call returned."""
        return self.policy.single

    @property
    def shallow(self) -> bool:
        """The whole call may be replayed."""
        return self.policy.shallow or self.task.runs_async

    @property
    def whole(self) -> bool:
        """Only the whole call may be replayed: the body of an async task must be run again to be resumed."""
        return self.task.runs_async

    @property
    def guard(self) -> bytes:
        """Stands for the call's context among the tasks of a whole call that read it."""
        return NO_CONTEXT if self.context is None else self.context.guard

    @property
    def job_id(self) -> str:
        """The full id: 32 hex digits of the execution, a dot and the number."""
        return f"{self.run.execution_id}.{self.number}"  # type: ignore[attr-defined]

    @property
    def secrets(self) -> tuple[str | bytes | float, ...]:
        """What the process that runs the body must not show."""
        vault = self.run.vault  # type: ignore[attr-defined]
        return () if vault is None else vault.redactor.known

    def began(self) -> None:
        """Nobody wants to know when the body of a call without a timeout begins."""

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return concrete positional and keyword arguments.

        Containers are copied, here where a call runs and not for every call that is ready: a body that changes its
        list changes nobody else's.
        """
        values = self.values
        assert values is not None
        for value in values:
            if shape_of(value.__class__) is not None:
                values = tuple([self._given(value) for value in values])
                break
        positional = self.positional
        if positional == len(values):
            return values, {}
        # A keyword that looks like something else is escaped among the names.
        names = [name.removeprefix(ESCAPE) for name in self.names[positional:]]
        return values[:positional], dict(zip(names, values[positional:], strict=True))

    def _given(self, value: Any) -> Any:
        return JobInfo.from_job(self) if value.__class__ is JobInfo else rebuild(value, {})
