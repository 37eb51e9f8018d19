"""Running a task from the command line: engine, reporting, signals and exit code together.

Floor: command line.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from redun import __version__
from redun.config import init_config
from redun.errors import DryRunResult, ExecutionInterrupted
from redun.visible import visible_lines

from redun_cli.report.failure import failure_text
from redun_cli.report.lines import PREFIX, prefixed, would_run_line
from redun_cli.report.plain import PlainReporter
from redun_cli.run.guarded import Guarded
from redun_cli.run.result import print_result
from redun_cli.run.signals import Signals

if TYPE_CHECKING:
    from redun.session import Scheduler
    from redun.task import Task

    from redun_cli.invocation import Invocation
    from redun_cli.run.mode import Mode

__all__ = ["check_option_names", "execute"]


def execute(
    invocation: Invocation,
    task: Task[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    mode: Mode,
    show: Callable[[Any, Callable[[str], str]], None] = print_result,
    code_of: Callable[[Exception], int] = lambda _error: 1,
) -> int:
    """Run one call of a task and return the exit code.

    Parameters
    ----------
    invocation : Invocation
    task : Task
    args, kwargs : sequence, mapping
    mode : Mode
    show : callable
        Is given the result, and what takes secrets out of a text.
    code_of : callable
        From the error of a workflow that failed to the exit code.

    Raises
    ------
    RedunError
        The engine cannot work: configuration, record, plugins. A failure of the workflow itself is reported here.
    """
    if mode.options:
        check_option_names(invocation, mode.options)
        task = task.options(**mode.options)
    call = task(*args, **kwargs)
    _write_log(invocation.log_level)
    if invocation.config_option is None:
        init_config(invocation.config_dir)
    reporter = _reporter(invocation, mode)
    if reporter is not None:
        reporter.say(f"redun :: version {__version__}")
        reporter.say(f"config dir: {invocation.config_dir}")
    scheduler = invocation.make_scheduler([] if reporter is None else [reporter])
    tags = mode.all_tags(task, invocation.config)
    with Guarded() as guarded, Signals(scheduler, guarded.pid):
        try:
            code, failure = _run(scheduler, call, invocation.argv, mode, tags, show, code_of)
        finally:
            if reporter is not None:
                reporter.close()
            scheduler.close()
    if failure is not None and mode.debug:
        from redun_cli.run.debugger import post_mortem

        post_mortem(failure)
    return code


def _run(
    scheduler: Scheduler,
    call: Any,
    argv: list[str],
    mode: Mode,
    tags: list[tuple[str, Any]],
    show: Callable[[Any, Callable[[str], str]], None],
    code_of: Callable[[Exception], int],
) -> tuple[int, Exception | None]:
    """Return the exit code, and the error of a workflow that failed."""
    try:
        result = scheduler.run(
            call,
            exec_argv=argv,
            dryrun=mode.dry_run,
            cache=mode.cache,
            prov=mode.prov,
            keep_going=mode.keep_going,
            tags=tags,
            context=mode.context,
            execution_id=mode.execution_id,
        )
    except ExecutionInterrupted as interrupted:
        return 128 + interrupted.signum, None
    except DryRunResult as unfinished:
        lines = [scheduler.without_secrets(would_run_line(job)) for job in unfinished.would_run]
        sys.stderr.write(prefixed("\n".join([*lines, "unknown beyond"])))
        return 1, None
    except Exception as error:
        failure = scheduler.failure
        if failure is None:
            raise
        told = failure_text(failure, scheduler.host.error_hints(error))
        sys.stderr.write(prefixed(scheduler.without_secrets(told)))
        return code_of(error), error
    show(result, scheduler.without_secrets)
    return 0, None


def check_option_names(invocation: Invocation, options: Mapping[str, Any]) -> None:
    """Refuse options that no task has, before anything is begun."""
    from redun.task.checks import check_names

    own = invocation.config.section("scheduler").get_list("task_options")
    known = {*own, *(spec.name for spec in invocation.host.task_options())}
    check_names("-o/--option", options, known)


def _reporter(invocation: Invocation, mode: Mode) -> PlainReporter | None:
    if invocation.log_level in ("WARNING", "ERROR"):
        return None
    # A table that moves would be in the way of a debugger, also of one that a task starts.
    if sys.stderr.isatty() and not mode.debug:
        from redun_cli.report.live import LiveReporter

        return LiveReporter(sys.stderr)
    from redun.session.settings import status_interval

    return PlainReporter(sys.stderr, interval=status_interval(invocation.config))


def _write_log(level: str) -> None:
    """Write what the engine logs to stderr, like our own lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Visible(f"{PREFIX}%(levelname)s: %(message)s"))
    log = logging.getLogger("redun")
    log.addHandler(handler)
    log.setLevel(level)
    log.propagate = False


class _Visible(logging.Formatter):
    """A message may quote anything, such as the path of a file."""

    def format(self, record: logging.LogRecord) -> str:
        return visible_lines(super().format(record))
