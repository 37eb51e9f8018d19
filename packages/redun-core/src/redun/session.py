"""The composition root: configuration → host → recorder and executors → scheduler.

Floor: composition. This is where the parts that know nothing of each other are put together.
"""

from __future__ import annotations

import json
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import time_ns
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import redun.scripting.tasks  # noqa: F401 (stored calls may name its tasks)
from redun.config import Config, database_uri
from redun.errors import DryRunResult, ExecutionInterrupted, UnknownProviderError
from redun.executors.base import Executor
from redun.executors.routing import Capturing
from redun.executors.started import StartedExecutors
from redun.expression.render import render
from redun.file import validate
from redun.host.host import Host
from redun.host.remarks import remark
from redun.host.selection import Selection
from redun.host.wiring import check_task_options, connect
from redun.rebuilder.large import read_large
from redun.rebuilder.reuse import Rebuilder
from redun.recorder.batch import ExecutionStatus
from redun.recorder.interface import ExecutionStart, Recorder
from redun.scheduler.collection import FewerCollections
from redun.scheduler.evaluator import Evaluator
from redun.scheduler.events import ExecutionView, Observer, Transition
from redun.scheduler.exclusion import OneAtATime
from redun.scheduler.failure import Failure, describe, line_of
from redun.scheduler.interruption import Interruption
from redun.scheduler.journal import Journal
from redun.scheduler.root import root_call
from redun.task.registry import get_task_registry
from redun.value.seal import is_external

if TYPE_CHECKING:
    from redun.scheduler.cells import Job

__all__ = ["Scheduler", "run"]

T = TypeVar("T")

_log = logging.getLogger("redun")


class Scheduler:
    """Evaluates expressions, reusing and recording results.

    Parameters
    ----------
    config : Config, optional
        Without one, results are recorded in memory and forgotten at the end.
    host : Host, optional
        Where plugins are asked; by default one is made from the configuration when it is needed.
    recorder : Recorder, optional
        By default the one that `[backend] db_uri` names.
    executors : mapping of str to Executor, optional
        Take precedence over configured ones of the same name.
    observers : sequence of Observer
        Told of what happens, beside the plugins.

    Attributes
    ----------
    failure : Failure or None
        After a run that failed: where, through which calls, and why.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> @task(version="1")
    ... def add(a: int, b: int) -> int:
    ...     return a + b
    >>> Scheduler().run(add(add(1, 2), 3))
    6
    """

    def __init__(
        self,
        config: Config | None = None,
        *,
        host: Host | None = None,
        recorder: Recorder | None = None,
        executors: Mapping[str, Executor] | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.config = config if config is not None else Config({"backend": {"db_uri": "sqlite:///:memory:"}})
        self.host = host if host is not None else Host(Selection.read(config=self.config))
        self.failure: Failure | None = None
        self._recorder = recorder
        self._given = dict(executors or {})
        self._observers = list(observers)
        self._executors = StartedExecutors(self._make_executor)
        self._interruption = Interruption()
        self._opened = False
        self._checked: set[Any] = set()
        self._one_run = OneAtATime()

    def __enter__(self) -> Scheduler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def recorder(self) -> Recorder:
        """The recorder, opened when first asked for."""
        if self._recorder is None:
            uri = database_uri(self.config)
            scheme, _, path = uri.partition(":///")
            self._recorder = self.host.recorder(scheme)(path or ":memory:")
        assert self._recorder is not None
        return self._recorder

    def run(
        self,
        expr: T,
        *,
        argv: Sequence[str] | None = None,
        dryrun: bool = False,
        cache: bool = True,
        keep_going: bool = False,
        tags: Iterable[tuple[str, Any]] = (),
        execution_id: str | None = None,
    ) -> T:
        """Evaluate an expression to a concrete value.

        Parameters
        ----------
        expr : object
            An expression, or any nested value that holds some.
        argv : sequence of str, optional
            The command to record; by default the expression's text.
        dryrun : bool
            Run nothing and record nothing; only find out what would run.
        cache : bool
            False: results of earlier executions are not used (they are recorded all the same).
        keep_going : bool
            After a failure, still run everything that does not depend on it.
        tags : iterable of (key, value)
            Recorded with the execution.
        execution_id : str, optional
            32 hex digits; by default random.

        Returns
        -------
        object
            The concrete value.

        Raises
        ------
        BaseException
            Whatever the failing task raised; `failure` tells where.
        DryRunResult
            A dry run met calls that would run.
        ExecutionInterrupted
            After `interrupt`.
        SchedulerError
            This scheduler is running an execution already.
        """
        with self._one_run:
            self.failure = None
            self._interruption = Interruption()
            self._open()
            root = root_call(expr)
            identity = uuid.UUID(execution_id).bytes if execution_id else uuid.uuid4().bytes
            view = ExecutionView(
                id=identity.hex(),
                argv=list(argv) if argv is not None else [render(expr)],
                task=root._redun_task.fullname,
            )
            if dryrun:
                return self._evaluate(root, view, None, cache, keep_going)  # type: ignore[no-any-return]
            view.tags = [(key, json.dumps(value)) for key, value in [*tags, *self.host.execution_tags(view)]]
            start = ExecutionStart(
                id=identity, argv=view.argv, task=view.task, started=time_ns() // 1000, tags=view.tags
            )
            key = self.recorder.start_execution(start)
            self._tell("execution_started", view)
            journal = Journal(self.recorder, key)
            view.status = ExecutionStatus.CANCELLED
            try:
                value = self._evaluate(root, view, journal, cache, keep_going)
                view.status = ExecutionStatus.DONE
            except ExecutionInterrupted as error:
                view.error = error
                raise
            except Exception as error:
                view.status, view.error = ExecutionStatus.FAILED, error
                raise
            finally:
                journal.hand_over()
                self.recorder.finish_execution(
                    key, view.status, None if view.error is None else line_of(view.error)
                )
                self._tell("execution_finished", view)
            return value  # type: ignore[no-any-return]

    def interrupt(self, signum: int = 2, *, wait: bool = True) -> None:
        """Ask a running evaluation to stop; safe in signal handlers and from any thread.

        Parameters
        ----------
        signum : int
            The reason, a signal's number.
        wait : bool
            Let running jobs finish and be recorded; False, or a second call, does not wait for them.
        """
        self._interruption.ask(signum, wait=wait)
        self._executors.inbox.wake()

    def close(self) -> None:
        """End executors and close the record."""
        self._executors.stop()
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.close()
        if self._opened:
            self._opened = False
            self.host.session_finished(self)

    # How.

    def _open(self) -> None:
        if not self._opened:
            self._opened = True
            connect(self.host)
            self.host.configure(self.config)
            self.host.session_started(self)
        settings = self.config.section("scheduler")
        fresh = check_task_options(self.host, settings.get_list("task_options"), self._checked)
        remark(fresh, settings.get_list("ignore_warnings"))

    def _evaluate(
        self,
        root: Any,
        view: ExecutionView,
        journal: Journal | None,
        cache: bool,
        keep_going: bool,
    ) -> Any:
        short = view.short_id

        def job_id(job: Job) -> str:
            return f"{short}.{job.number}"

        def reload(value_hash: bytes, payload_format: int) -> Any:
            if journal is not None:
                journal.settle()
            return read_large(self.recorder, value_hash, payload_format)

        registry = get_task_registry()
        evaluator = Evaluator(
            rebuilder=Rebuilder(self.recorder, registry.digests, validate, is_external),
            journal=journal,
            executor=self._executors.get,
            inbox=self._executors.inbox,
            job_id=job_id,
            execution_id=view.id,
            reload=reload,
            watch=self._watcher(),
            choose=self.host.select_executor if self.host.implements("redun_select_executor") else None,
            replay=cache,
            keep_going=keep_going,
            interruption=self._interruption,
        )
        try:
            keep_output = journal is not None and self.config.section("scheduler").get_bool("capture", True)
            with FewerCollections(), Capturing(keep_output):
                return evaluator.evaluate(root)
        except DryRunResult:
            raise
        except ExecutionInterrupted:
            if self._interruption.forced:
                self._executors.abandon()
            raise
        except Exception:
            if evaluator.fault is not None:
                self.failure = describe(evaluator.fault, job_id)
            else:
                # The engine itself cannot go on, for instance the disk is full: nothing more is begun.
                self._executors.cancel()
            raise
        except BaseException:
            # Ctrl+C without a handler of ours: what waits to be run must not be in the way of the next execution.
            self._executors.cancel()
            raise

    def _watcher(self) -> Callable[[Sequence[Transition]], None] | None:
        listening = self.host.implements("redun_jobs")
        if not self._observers and not listening:
            return None
        return lambda transitions: self._tell("jobs", transitions)

    def _tell(self, event: str, subject: Any) -> None:
        for observer in list(self._observers):
            try:
                getattr(observer, event)(subject)
            except Exception:
                _log.exception("Observer %r failed at %s and is not told any more.", observer, event)
                self._observers.remove(observer)
        getattr(self.host, event)(subject)

    def _make_executor(self, name: str) -> Executor:
        if name in self._given:
            return self._given[name]
        names = self.config.children("executors")
        if name in names:
            section = self.config.section(f"executors.{name}")
            kind = section.require("type")
            return self.host.executor(kind)(name, section)  # type: ignore[no-any-return]
        try:
            return self.host.executor(name)(name, {})  # type: ignore[no-any-return]
        except UnknownProviderError as error:
            known = ", ".join(sorted({"default", *names, *self._given}))
            raise UnknownProviderError(f"{error} Executors configured here: {known}.") from None


def run(expr: T, config_dir: str | os.PathLike[str] | None = None, **options: Any) -> T:
    """Evaluate an expression with a scheduler made from `redun.ini`.

    Parameters
    ----------
    expr : object
        An expression, or any nested value that holds some.
    config_dir : path, optional
        The folder of `redun.ini`; by default `REDUN_CONFIG`, else the nearest `.redun` upward, else `./.redun`.
    **options
        As for `Scheduler.run`.
    """
    from redun.config import find_config_dir, load_config

    with Scheduler(load_config(find_config_dir(config_dir))) as scheduler:
        return scheduler.run(expr, **options)
