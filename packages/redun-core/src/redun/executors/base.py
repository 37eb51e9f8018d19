"""What an executor is, and how its results come back.

Floor: executors. `submit` takes a batch and returns at once; results arrive through an `Inbox`, from any thread, in any
order. An executor never touches the recorder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from redun.errors import ExecutorError
from redun.executors.registry import register_executor

if TYPE_CHECKING:
    from redun.errors import JobCancelledError
    from redun.executors.output import Output
    from redun.task.task import Task
    from redun.value.seal import Sealed

__all__ = [
    "Completion",
    "Demand",
    "Executor",
    "ExecutorError",
    "Inbox",
    "Work",
    "WorkPolicy",
    "register_executor",
]

WAIT_S = 0.5
"""Longest wait for completions, in seconds."""


class WorkPolicy(Protocol):
    """The options of one call."""

    @property
    def options(self) -> Mapping[str, Any]:
        """All task options that apply, merged."""


class Work(Protocol):
    """One call to run: a job as an executor sees it."""

    @property
    def task(self) -> Task[..., Any]:
        """The task to run."""

    @property
    def policy(self) -> WorkPolicy:
        """Its options."""

    @property
    def eval_hash(self) -> bytes:
        """The call's cache key, 20 bytes."""

    @property
    def job_id(self) -> str:
        """The id of its job: 32 hex digits of the execution, a dot and the job's number."""

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return concrete positional and keyword arguments, for `task.func(*args, **kwargs)`."""

    def began(self) -> None:
        """Take down that the body begins now; from any thread. See `Executor`."""


class Completion(NamedTuple):
    """How one call ended.

    Attributes
    ----------
    work : Work
        What was submitted.
    sealed : Sealed or None
        The result; None when the call failed.
    error : BaseException or None
        What the body raised, or why it could not run.
    cause : str
        "" for a result, else "error", "timeout", "memory", "preempted", "lost" or "cancelled".
    started, ended : int
        Microseconds since the epoch; 0 when unknown.
    outputs : sequence of Output
        What it printed and logged; `redun.executors.output.output_of` makes one of a text of any length.
    tags : sequence of (str, JSON value)
        What is worth knowing of where it ran, recorded as tags of the job: the digest of an image, a service's own id.

    Examples
    --------
    >>> lost = Completion(None, None, OSError("the machine is gone"), "lost")
    >>> lost.cause, lost.sealed is None
    ('lost', True)
    """

    work: Work
    sealed: Sealed | None
    error: BaseException | None = None
    cause: str = ""
    started: int = 0
    ended: int = 0
    outputs: Sequence[Output] = ()
    tags: Sequence[tuple[str, Any]] = ()


class Demand(Protocol):
    """An expression that the body of an async task awaits.

    It comes through the inbox, is evaluated as made by `work`, and is answered in the scheduler's thread.
    """

    @property
    def work(self) -> Work:
        """The call whose body awaits."""

    @property
    def expression(self) -> Any:
        """What it awaits."""

    @property
    def withdrawn(self) -> bool:
        """Nobody awaits it any more; it is put into the inbox a second time to say so."""

    def give(self, value: Any) -> None:
        """Answer with the value, which may be shared with others."""

    def fail(self, error: BaseException) -> None:
        """Answer with an error, raised at the await."""

    def cancel(self, error: JobCancelledError) -> None:
        """Do not answer, as the run ends: cancel the body; its call comes back as cancelled, by this error."""


class Inbox:
    """Where executors put completions and demands, and the scheduler takes them.

    Safe from any thread and signal handler.

    Examples
    --------
    >>> inbox = Inbox()
    >>> inbox.wake()
    >>> inbox.take(wait=True)
    []
    """

    __slots__ = ("_queue", "put")

    def __init__(self) -> None:
        self._queue: SimpleQueue[Completion | Demand | None] = SimpleQueue()
        self.put: Callable[[Completion | Demand | None], None] = self._queue.put

    def wake(self) -> None:
        """Make a waiting scheduler look around."""
        self.put(None)

    def take(self, *, wait: bool, at_most_s: float | None = None) -> list[Completion | Demand]:
        """Return all that has arrived; with `wait`, block until something has, or for a while and no longer than
        `at_most_s` seconds: nothing may be returned."""
        found: list[Completion | Demand] = []
        get = self._queue.get_nowait
        try:
            if wait:
                # Not for ever: a signal that comes right before the wait does not end it.
                first = self._queue.get(timeout=WAIT_S if at_most_s is None else min(WAIT_S, at_most_s))
                if first is not None:
                    found.append(first)
            while True:
                arrived = get()
                if arrived is not None:
                    found.append(arrived)
        except Empty:
            return found

    def done(self, work: Work, value: Any, *, started: int = 0, ended: int = 0) -> None:
        """Deliver the result of a call as a live value."""
        from redun.executors.perform import seal_result

        self.put(seal_result(work, value, started, ended))

    def failed(self, work: Work, error: BaseException, *, cause: str = "error") -> None:
        """Deliver the failure of a call and why it failed."""
        self.put(Completion(work, None, error, cause))


class Executor(Protocol):
    """Runs calls somewhere.

    Parameters of the constructor are `(name, options)`: the executor's name and its configuration section.

    An executor may offer more than the methods below:

    * `supports_async()` that returns True: it runs the bodies of async tasks, see `executors.coroutines`.
    * `capacities() -> Mapping[str, float]`: what it has to share out, by the name of the task option that asks for it
      (`vcpus`, `memory` in GB). No more calls are submitted at a time than fit.
    * `abandon(work)`: the time of a call is up and nothing is wanted from it any more. It is to be ended, if that is
      possible, and must not be in the way of others; it need not come back.
    * `equip(equipment)`: told once, before `start`, of the project that its calls belong to, see
      `redun.executors.equipment`.
    * `launch(work) -> str`: starts a call that goes on when this process has ended, and returns how to find it. Nobody
      collects its result. `redun launch` asks for it.
    * `reports_begin = True`: it calls `work.began()` when a body begins, and the time that a call waits in its own
      queue does not count as the call's. Otherwise a timeout counts from `submit`.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> class Inline:
    ...     def __init__(self, name, options=None):
    ...         self.name = name
    ...
    ...     def start(self, inbox):
    ...         self.inbox = inbox
    ...
    ...     def submit(self, works):
    ...         for work in works:
    ...             args, kwargs = work.arguments()
    ...             try:
    ...                 self.inbox.done(work, work.task.func(*args, **kwargs))
    ...             except Exception as error:
    ...                 self.inbox.failed(work, error)
    ...
    ...     def cancel(self):
    ...         pass
    ...
    ...     def stop(self, *, wait=True):
    ...         pass
    >>> @task(namespace="docs", executor="inline")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> Scheduler(executors={"inline": Inline("inline")}).run(double(21))
    42
    """

    name: str

    def start(self, inbox: Inbox) -> None:
        """Get ready; called before the first `submit` of an execution."""

    def submit(self, works: Sequence[Work]) -> None:
        """Take calls to run and return at once. Each must come back through the inbox exactly once."""

    def cancel(self) -> None:
        """Drop what has not begun: it comes back as cancelled. What runs goes on."""

    def stop(self, *, wait: bool = True) -> None:
        """End; with `wait`, only after running calls have come back, without, what runs is ended if it can be."""
