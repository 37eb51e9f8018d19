"""Running a task from the command line: engine, reporting, signals and exit code together.

Floor: command line.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
from redun import __version__
from redun.config import init_config
from redun.errors import DryRunResult, ExecutionInterrupted
from redun.session import Scheduler

from redun_cli.report.failure import failure_text
from redun_cli.report.lines import PREFIX, prefixed, would_run_line
from redun_cli.report.plain import PlainReporter
from redun_cli.run.guardian import Guardian
from redun_cli.run.result import print_result
from redun_cli.run.signals import Signals

if TYPE_CHECKING:
    from redun.task import Task

    from redun_cli.invocation import Invocation

__all__ = ["Mode", "execute"]

_STATUS_INTERVAL = 20.0


@attrs.frozen
class Mode:
    """How to run.

    Attributes
    ----------
    cache : bool
        Whether recorded results may be reused.
    dry_run : bool
        Whether to say what would run instead of running it.
    keep_going : bool
        Whether to run all that does not depend on a failure.
    tags : list of (key, value)
        Tags of the execution, values as JSON knows them.
    """

    cache: bool = True
    dry_run: bool = False
    keep_going: bool = False
    tags: list[tuple[str, Any]] = attrs.field(factory=list)


def execute(
    invocation: Invocation, task: Task[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], mode: Mode
) -> int:
    """Run one call of a task and return the exit code.

    Raises
    ------
    RedunError
        The engine cannot work: configuration, record, plugins. A failure of the workflow itself is reported here.
    """
    call = task(*args, **kwargs)
    _write_log(invocation.log_level)
    if invocation.config_option is None:
        init_config(invocation.config_dir)
    reporter = _reporter(invocation)
    if reporter is not None:
        reporter.say(f"redun :: version {__version__}")
        reporter.say(f"config dir: {invocation.config_dir}")
    observers = [] if reporter is None else [reporter]
    scheduler = Scheduler(invocation.config, host=invocation.host, observers=observers)
    with Guardian() as guardian, Signals(scheduler, guardian.pid):
        try:
            return _run(scheduler, call, invocation.argv, mode)
        finally:
            if reporter is not None:
                reporter.close()
            scheduler.close()


def _run(scheduler: Scheduler, call: Any, argv: list[str], mode: Mode) -> int:
    try:
        result = scheduler.run(
            call,
            exec_argv=argv,
            dryrun=mode.dry_run,
            cache=mode.cache,
            # Without the option, the configuration decides.
            keep_going=mode.keep_going or None,
            tags=mode.tags,
        )
    except ExecutionInterrupted as interrupted:
        return 128 + interrupted.signum
    except DryRunResult as unfinished:
        lines = [would_run_line(job) for job in unfinished.would_run]
        sys.stderr.write(prefixed("\n".join([*lines, "unknown beyond"])))
        return 1
    except Exception as error:
        failure = scheduler.failure
        if failure is None:
            raise
        sys.stderr.write(prefixed(failure_text(failure, scheduler.host.error_hints(error))))
        return 1
    print_result(result)
    return 0


def _reporter(invocation: Invocation) -> PlainReporter | None:
    if invocation.log_level in ("WARNING", "ERROR"):
        return None
    if sys.stderr.isatty():
        from redun_cli.report.live import LiveReporter

        return LiveReporter(sys.stderr)
    interval = invocation.config.section("scheduler").get_float("job_status_interval", _STATUS_INTERVAL)
    return PlainReporter(sys.stderr, interval=interval)


def _write_log(level: str) -> None:
    """Write what the engine logs to stderr, like our own lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(f"{PREFIX}%(levelname)s: %(message)s"))
    log = logging.getLogger("redun")
    log.addHandler(handler)
    log.setLevel(level)
    log.propagate = False
