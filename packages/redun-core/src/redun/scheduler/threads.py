"""Detached evaluation: begun in one place, joined in another.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import attrs

from redun.expression import QuotedExpression, TaskExpression
from redun.hashing.digest import digest
from redun.scheduler.cells import FormCell, Job
from redun.scheduler.control import root_task
from redun.scheduler.forms import LAST, Effect, Held, special_form
from redun.task.options import CONTEXT
from redun.value.nested import contains_lazy

if TYPE_CHECKING:
    from redun.scheduler.reduction import Reduction

__all__ = ["Thread", "fork_thread", "join_thread"]


class Thread:
    """An evaluation that was begun by `fork_thread`, to be given to `join_thread`.

    Parameters
    ----------
    promise_id : str
        Which evaluation of the running execution it is.
    expr_hash : str
        The content hash of the expression. It alone is the thread's identity as an argument of calls.
    expr
        The expression, for an execution that did not begin its evaluation.

    Examples
    --------
    >>> from redun import Scheduler, fork_thread, task
    >>> @task(namespace="docs")
    ... def slow() -> int:
    ...     return 42
    >>> Scheduler().run(fork_thread(slow()))
    Thread(docs.slow())
    """

    __slots__ = ("expr", "expr_hash", "promise_id")

    def __init__(self, promise_id: str, expr_hash: str, expr: Any) -> None:
        self.promise_id = promise_id
        self.expr_hash = expr_hash
        self.expr = expr

    def __redun_holds__(self) -> tuple[Any, ...]:
        return (self.expr,)

    def __redun_digest__(self) -> bytes:
        return digest(b"thread", bytes.fromhex(self.expr_hash))

    def __reduce__(self) -> tuple[Any, ...]:
        from redun.value.flatten import flatten

        return Thread, (self.promise_id, self.expr_hash, flatten(self.expr))

    def __repr__(self) -> str:
        from redun.expression.render import render

        return f"Thread({render(self.expr)})"


@attrs.frozen
class _Fork(Effect):
    expr: Any

    def perform(self, form: FormCell) -> Thread:
        from redun.hashing.values import hash_value

        run: Reduction = form.run  # type: ignore[assignment]
        expr = self.expr
        one_call = (
            isinstance(expr, TaskExpression) and not expr._redun_task.is_form and not _in_lazy_context(expr)
        )
        # A thread is one job, so that whoever joins it is known to depend on all tasks below.
        call = expr if one_call else root_task(QuotedExpression(expr))
        job = run.begin(call, form.owner)
        promise_id = f"{run.execution_id}.{len(run.threads)}"
        run.threads[promise_id] = job
        return Thread(promise_id, hash_value(expr).hex(), expr)


def _in_lazy_context(call: TaskExpression) -> bool:
    return contains_lazy((call._redun_options or {}).get(CONTEXT))


@attrs.frozen
class _Join(Effect):
    thread: Thread

    def perform(self, form: FormCell) -> Any:
        run: Reduction = form.run  # type: ignore[assignment]
        job: Job | None = run.threads.get(self.thread.promise_id)
        if job is None:
            return self.thread.expr
        owner = form.owner
        if owner is not None and job.owner is not owner:
            owner.children = [*(owner.children or ()), job]
        return Held(job)


@special_form()
def fork_thread(expr: Any) -> Generator[Any, Any, Any]:
    """Begin to evaluate an expression and go on at once with a `Thread`, which stands for its value.

    The evaluation goes on whatever becomes of the calling task. Nobody has to join it; if nobody does, its failure is
    nobody's failure.

    Parameters
    ----------
    expr
        Any nested value.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> from redun.scheduler import fork_thread, join_thread
    >>> @task(version="1")
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> @task(version="1")
    ... def main():
    ...     return join_thread(fork_thread(double(4)))
    >>> Scheduler().run(main())
    8
    """
    yield (yield _Fork(expr))
    return LAST


@special_form()
def join_thread(thread: Thread) -> Generator[Any, Any, Any]:
    """Wait for what `fork_thread` has begun; the result is its value, or its error is raised.

    A thread may be joined any number of times. One of an earlier execution, from a replayed result, is evaluated here.

    Examples
    --------
    >>> from redun import Scheduler, fork_thread, join_thread, task
    >>> @task(namespace="docs")
    ... def slow() -> int:
    ...     return 42
    >>> @task(namespace="docs")
    ... def quick(slow_one) -> int:
    ...     return join_thread(slow_one) + 1
    >>> Scheduler().run(quick(fork_thread(slow())))
    43
    """
    given = yield thread
    if not isinstance(given, Thread):
        raise TypeError(f"join_thread() wants what fork_thread() gives, not {given!r}.")
    yield (yield _Join(given))
    return LAST
