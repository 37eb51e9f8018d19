"""The scheduler as users know it: made from a configuration, it evaluates expressions.

Floor: composition.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from time import time_ns
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import redun.scripting.tasks  # noqa: F401 (stored calls may name its tasks)
from redun.config import Config
from redun.errors import DryRunResult, ExecutionInterrupted
from redun.executors.base import Executor
from redun.executors.loading import refuse_while_loading
from redun.executors.routing import Capturing
from redun.expression.render import render
from redun.host.host import Host
from redun.host.manifest import deciding_plugins
from redun.host.remarks import remark, remark_on_settings
from redun.host.selection import Selection
from redun.host.wiring import check_task_options, connect
from redun.recorder.batch import ExecutionStatus
from redun.recorder.interface import ExecutionStart, Recorder
from redun.scheduler.collection import FewerCollections
from redun.scheduler.current import Current
from redun.scheduler.events import ExecutionView, Observer
from redun.scheduler.exclusion import OneAtATime
from redun.scheduler.failure import Failure, describe, line_of
from redun.scheduler.interruption import Interruption
from redun.scheduler.root import root_call
from redun.scheduler.settings import Settings
from redun.session.assembly import make_evaluator, namer
from redun.session.audience import Audience
from redun.session.executors import Executors
from redun.session.leasing import leases_of, make_journal
from redun.session.recording import IN_MEMORY, execution_identity, is_recorded, open_recorder, unrecorded
from redun.session.secrets import command_of, open_vault, without_secrets
from redun.session.settings import execution_context, execution_tags, max_value_size, status_interval
from redun.tags import encode_tags
from redun.task.registry import TaskRegistry, get_task_registry

if TYPE_CHECKING:
    from redun.scheduler.journal import Journal
    from redun.secrets.vault import Vault
    from redun.task.context import Context
    from redun.value import TypeRegistry

__all__ = ["Scheduler"]

T = TypeVar("T")

_PARTING_S = 2.0


class Scheduler:
    """Evaluates expressions, reusing and recording results.

    Parameters
    ----------
    config : Config or mapping, optional
        Without one, or with one that names neither a folder nor a database, results are recorded in memory and
        forgotten at the end.
    backend : Recorder, optional
        Where executions are recorded; by default in what `[backend] db_uri` names.
    executor : Executor, optional
        Takes precedence over a configured one of the same name.
    logger : Logger, optional
        Takes reports; by default the logger `redun`.
    use_task_traceback : bool
        Attach to an error that is raised where in the workflow it arose, as `redun_traceback`.
    job_status_interval : float, optional
        Seconds between two status tables of the command line, 0 for none; by default as configured.
    migrate : bool, optional
        Whether to bring a database with an older schema to the present one, instead of refusing it; by default as
        `[backend] automigrate` says, else only for SQLite.
    host : Host, optional
        Where plugins are asked; by default one is made from the configuration when it is needed.
    recorder : Recorder, optional
        Another name of `backend`.
    executors : mapping of str to Executor, optional
        More of them, by name.
    observers : sequence of Observer
        Told of what happens, beside the plugins.

    Attributes
    ----------
    failure : Failure or None
        After a run that failed: where, through which calls, and why.
    inside_of : str
        The id of the job in whose body this scheduler runs, if that is known: when the job's execution is asked to
        stop, or gives the job up, executions of this scheduler stop too.
    used_tasks : frozenset of bytes
        After a run: hashes of the tasks that it used, and guards of the contexts that it read.
    executors : mapping of str to Executor
        All of them, by name; each is started on first use.

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
        config: Config | Mapping[str, Any] | None = None,
        backend: Recorder | None = None,
        executor: Executor | None = None,
        logger: logging.Logger | None = None,
        use_task_traceback: bool = True,
        job_status_interval: float | None = None,
        migrate: bool | None = None,
        *,
        host: Host | None = None,
        recorder: Recorder | None = None,
        executors: Mapping[str, Executor] | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.config = config if isinstance(config, Config) else Config(config or IN_MEMORY)
        self.host = host if host is not None else Host(Selection.read(config=self.config))
        self.logger = logger if logger is not None else logging.getLogger("redun")
        self.failure: Failure | None = None
        self.used_tasks: frozenset[bytes] = frozenset()
        self.use_task_traceback = use_task_traceback
        self._job_status_interval = job_status_interval
        self._migrate = migrate
        self._recorder = backend if backend is not None else recorder
        given = dict(executors or {})
        if executor is not None:
            given[executor.name] = executor
        self.executors = Executors(self.config, self.host, given)
        self._started = self.executors.started
        self._audience = Audience(observers, self.host, self.logger)
        self._interruption = Interruption()
        self.inside_of = ""
        self._vault: Vault | None = None
        self._secrets: tuple[Any, ...] = ()
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
            self.load()
        assert self._recorder is not None
        return self._recorder

    @property
    def task_registry(self) -> TaskRegistry:
        """The tasks of this process."""
        return get_task_registry()

    @property
    def type_registry(self) -> TypeRegistry:
        """How values of each type are treated."""
        from redun.value import get_type_registry

        return get_type_registry()

    @property
    def job_status_interval(self) -> float:
        """Seconds between two status tables; 0 for none."""
        if self._job_status_interval is not None:
            return self._job_status_interval
        return status_interval(self.config)

    def load(self, migrate: bool | None = None) -> None:
        """Open the record now, instead of when it is first needed.

        Parameters
        ----------
        migrate : bool, optional
            As for the constructor.

        Raises
        ------
        RecorderError
            It cannot be opened.
        """
        if self._recorder is not None:
            return
        migrate = self._migrate if migrate is None else migrate
        self._recorder = open_recorder(self.host, self.config, migrate=migrate)

    def add_executor(self, executor: Executor) -> None:
        """Take an executor, in the place of one of the same name."""
        self.executors.add(executor)

    def add_observer(self, observer: Observer) -> None:
        """Tell one more of what happens."""
        self._audience.add(observer)

    def run(
        self,
        expr: T,
        exec_argv: Sequence[str] | None = None,
        dryrun: bool = False,
        cache: bool = True,
        tags: Iterable[tuple[str, Any]] = (),
        context: Mapping[str, Any] | None = None,
        execution_id: str | None = None,
        *,
        keep_going: bool | str | type[BaseException] | Iterable[Any] | None = None,
        prov: bool = True,
    ) -> T:
        """Evaluate an expression to a concrete value.

        Parameters
        ----------
        expr : object
            An expression, or any nested value that holds some.
        exec_argv : sequence of str, optional
            The command to record; by default the expression's text.
        dryrun : bool
            Run nothing and record nothing; only find out what would run.
        cache : bool
            False: results of earlier executions are not used (they are recorded all the same).
        tags : iterable of (key, JSON value)
            Recorded with the execution, beside those of section `[tags]`.
        context : mapping, optional
            What `get_context` reads, merged into the configured context.
        execution_id : str, optional
            32 hex digits, used once; by default random.
        keep_going : bool, or causes
            After a failure, still run everything that does not depend on it: after any, or after those chosen as by the
            task option `retry_on`. Default: `[scheduler] keep_going`, or False.
        prov : bool
            False: record nothing, not even the execution. So it is when the expression is one call with `prov=False`.

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
            This scheduler is running an execution already, or `execution_id` is no id, or was used before.
        ArgumentError
            The tags or the context are none.
        """
        refuse_while_loading()
        identity = execution_identity(execution_id)
        stop = Interruption(identity.hex(), self.inside_of)
        with self._one_run, Current(self), stop as self._interruption:
            self.failure = None
            settings = Settings.read(self.config)
            if keep_going is not None:
                settings = settings.keeping_going(keep_going)
            root = root_call(expr)
            inherited = execution_context(self.config, context)
            given = execution_tags(self.config, tags)
            argv = list(exec_argv) if exec_argv is not None else None
            vault = self._vault = open_vault(self.config, self._secrets, making=not dryrun)
            if vault.used:
                inherited = vault.learn_context(inherited)
                argv = command_of(vault, expr, argv)
                vault.check()
            view = ExecutionView(
                id=identity.hex(),
                argv=argv if argv is not None else [render(expr)],
                task=root._redun_task.fullname,
            )
            self._open()
            largest = max_value_size(self.config, self.recorder)
            if dryrun:
                return self._evaluate(root, view, None, cache, settings, inherited, vault)  # type: ignore[no-any-return]
            leases = leases_of(self.config, self.recorder)
            added = [*self.host.execution_tags(view), *deciding_plugins(self.host)]
            view.tags = [(tag, vault.text(text)) for tag, text in (*given, *encode_tags("a plugin", added))]
            key = None
            if not prov or not is_recorded(root):
                root = unrecorded(root)
            else:
                start = ExecutionStart(
                    id=identity, argv=view.argv, task=view.task, started=time_ns() // 1000, tags=view.tags
                )
                key = self.recorder.start_execution(start)
            self._audience.tell("execution_started", view)
            journal = make_journal(self.recorder, key, identity, largest, leases)
            view.status = ExecutionStatus.CANCELLED
            try:
                value = self._evaluate(root, view, journal, cache, settings, inherited, vault)
                view.status = ExecutionStatus.DONE
            except ExecutionInterrupted as error:
                view.error = error
                raise
            except Exception as error:
                if vault.redactor:
                    self.failure = without_secrets(vault, error, self.failure)
                view.status, view.error = ExecutionStatus.FAILED, error
                if self.use_task_traceback and self.failure is not None:
                    with suppress(Exception):
                        error.redun_traceback = self.failure  # type: ignore[attr-defined]
                raise
            finally:
                if key is not None:
                    journal.hand_over()
                    line = None if view.error is None else line_of(view.error)
                    self.recorder.finish_execution(key, view.status, line)
                self._audience.tell("execution_finished", view)
            return value  # type: ignore[no-any-return]

    def keep_secret(self, secrets: Iterable[Any]) -> None:
        """Take texts, bytes and numbers for secrets, in all executions from now on."""
        self._secrets = (*self._secrets, *secrets)

    def without_secrets(self, text: str) -> str:
        """Return a text without the secrets that the last execution came to know, `***` in their place."""
        return text if self._vault is None else self._vault.text(text)

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
        self._started.inbox.wake()

    def close(self) -> None:
        """End executors and close the record."""
        self._started.stop()
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
            connect(self.host, self.config)
            self.host.configure(self.config)
            self.host.session_started(self)
            remark_on_settings(self.config)
        settings = self.config.section("scheduler")
        fresh = check_task_options(self.host, settings.get_list("task_options"), self._checked)
        remark(fresh, settings.get_list("ignore_warnings"))

    def _evaluate(
        self,
        root: Any,
        view: ExecutionView,
        journal: Journal | None,
        cache: bool,
        settings: Settings,
        context: Context | None,
        vault: Vault,
    ) -> Any:
        evaluator = make_evaluator(
            view,
            journal,
            recorder=self.recorder,
            started=self._started,
            host=self.host,
            watch=self._audience.watcher(),
            settings=settings,
            replay=cache,
            context=context,
            interruption=self._interruption,
            vault=vault,
            config=self.config,
            inside_of=self.inside_of,
        )
        try:
            keep_output = journal is not None and self.config.section("scheduler").get_bool("capture", True)
            with FewerCollections(), Capturing(keep_output, redactor=vault.redactor):
                return evaluator.evaluate(root)
        except DryRunResult:
            raise
        except ExecutionInterrupted:
            if self._interruption.forced:
                self._started.abandon()
                self._interruption.wait_for_those_inside(_PARTING_S)
            raise
        except Exception:
            if evaluator.fault is not None:
                self.failure = describe(evaluator.fault, namer(view), evaluator.toll)
            else:
                # The engine itself cannot go on, for instance the disk is full: nothing more is begun.
                self._started.cancel()
            raise
        except BaseException:
            # Ctrl+C without a handler of ours: what waits to be run must not be in the way of the next execution.
            self._started.cancel()
            raise
        finally:
            self.used_tasks = evaluator.used_tasks
