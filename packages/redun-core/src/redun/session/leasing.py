"""Whether an execution shares its work in flight with others.

Floor: composition.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from redun.executors.capture import slot
from redun.scheduler.journal import Journal
from redun.task.registry import get_task_registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from redun.config import Config
    from redun.rebuilder.reuse import Rebuilder
    from redun.recorder.interface import Leases, Recorder
    from redun.scheduler.leasing import Leasing

__all__ = ["leases_of", "leasing_of", "make_journal"]

OPTION = "lease"
"""The option of a task, as `leases` is that of the record."""


def leases_of(config: Config, recorder: Recorder) -> Leases | None:
    """Return the leases of a record, or None if executions do not share their work there.

    Raises
    ------
    ConfigError
        They are to share it in a record that cannot do that.
    """
    section = config.section("backend")
    wanted = section.get_bool("leases")
    leases: Leases | None = getattr(recorder, "leases", None)
    if wanted and leases is None:
        raise section.error("leases", "this kind of record cannot share work in flight: leave the option out")
    return leases if leases is not None and _is_used(wanted, leases) else None


def make_journal(
    recorder: Recorder, execution: int | None, identity: bytes, max_value_size: float, leases: Leases | None
) -> Journal:
    """Return what collects the rows of an execution; `execution` is None if it is not recorded."""
    if execution is None or leases is None:
        return Journal(recorder, execution or 0, identity, max_value_size)
    from redun.scheduler.lease_journal import LeaseJournal

    return LeaseJournal(recorder, execution, identity, max_value_size, leases=leases)


def leasing_of(
    config: Config, journal: Journal | None, rebuilder: Rebuilder, inside_of: str
) -> Callable[..., Leasing] | None:
    """Return what keeps back calls that other executions run, for an evaluator; None where nothing does."""
    if journal is None or type(journal) is Journal:
        return None
    from redun.scheduler.lease_journal import LeaseJournal
    from redun.scheduler.leasing import Leasing

    assert isinstance(journal, LeaseJournal)
    outer, _, _ = inside_of.partition(".")
    return partial(
        Leasing,
        rebuilder=rebuilder,
        journal=journal,
        by_default=config.section("backend").get_bool("leases", journal.leases.by_default),
        # A scheduler that a body has made for itself is seen by what is taken of the body's output.
        inside_of=outer if inside_of or slot.get() is not None else None,
    )


def _is_used(wanted: bool | None, leases: Leases) -> bool:
    if wanted is not None:
        return wanted
    return leases.by_default or any(_asks(task) for task in get_task_registry())


def _asks(task: Any) -> bool:
    return bool(task.get_task_option(OPTION))
