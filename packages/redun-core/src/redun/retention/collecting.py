"""Collect the garbage of a record: what is to go, and its removal, in the order that keeps it safe.

Floor: retention. Why this order is safe beside runs is told in `redun.retention`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import attrs

from redun.errors import RecorderError
from redun.retention import reach
from redun.retention.census import LiveExecution, bury, live_executions, newest_key
from redun.retention.estimate import estimate
from redun.retention.maintenance import maintenance
from redun.retention.marking import close, mark, spare_reached, spare_referred
from redun.retention.opening import check_present, looking, revision_of, values_folder, writing
from redun.retention.payloads import Payloads
from redun.retention.removing import remove_executions
from redun.retention.selection import Selection, select
from redun.retention.space import Space, return_space
from redun.retention.sweeping import ripe_sweeps, sweep
from redun.retention.tally import Tally

__all__ = ["Collected", "Plan", "collect", "plan"]


def _silent(_what: str, _count: int) -> None:
    pass


@attrs.frozen
class Plan:
    """What a collection would do.

    Attributes
    ----------
    chosen, total : int
        Executions to remove, of how many.
    tally : Tally
        What would go, and about how many bytes.
    live : list of LiveExecution
        Executions that may be running.
    shared_with : Path or None
        Another database whose payloads lie in the same folder, so that all of them stay.
    """

    chosen: int
    total: int
    tally: Tally
    live: list[LiveExecution]
    shared_with: Path | None


@attrs.frozen
class Collected:
    """What a collection did.

    Attributes
    ----------
    executions, rows : Tally
        What was removed of executions, and of what no other leads to.
    marked : int
        Rows that wait until `waiting_for` have ended.
    waiting_for : list of LiveExecution
    space : Space
    shared_with : Path or None
        As in `Plan`.
    """

    executions: Tally
    rows: Tally
    marked: int
    waiting_for: list[LiveExecution]
    space: Space
    shared_with: Path | None


def plan(path: Path, selection: Selection) -> Plan:
    """Work out what a collection would remove; nothing is written.

    Raises
    ------
    RecorderError
        The selection would remove every execution, and does not say so; or there is no record.
    """
    with looking(path) as connection:
        check_present(revision_of(connection, path), path)
        payloads, shared = _payloads(path)
        reach.prepare(connection)
        with reach.snapshot(connection):
            chosen = _chosen(connection, selection)
            connection.executemany("INSERT INTO temp.gone VALUES (?)", [(key,) for key in chosen])
            reach.find_unreachable(connection)
            tally = estimate(connection, payloads)
            ((total,),) = connection.execute("SELECT count(*) FROM execution")
            return Plan(len(chosen), total, tally, live_executions(connection), shared)


def collect(path: Path, selection: Selection, tell: Callable[[str, int], None] = _silent) -> Collected:
    """Remove executions, and what no other execution leads to.

    Parameters
    ----------
    path : Path
        The database.
    selection : Selection
    tell : callable
        Told what is being removed, and how many so far.

    Raises
    ------
    RecorderError
        As `plan`; or another work of maintenance is going on.
    """
    with writing(path) as session:
        check_present(revision_of(session.connection, path), path)
        payloads, shared = _payloads(path)
        with maintenance(session, "redun db gc") as work:
            if payloads is not None:
                payloads.recover(work)
            connection = session.connection
            work.polite = bool(live_executions(connection))
            executions = remove_executions(work, _chosen(connection, selection), tell)
            reach.prepare(connection)
            with reach.snapshot(connection) as version:
                reach.find_unreachable(connection)
            spare_reached(work)
            mark(work)
            with work.slice():
                live, latest = bury(connection, work.number), newest_key(connection)
            with reach.snapshot(connection) as now:
                # What was recorded since, and by executions that have ended, may refer to what was marked.
                if now != version:
                    reach.find_unreachable(connection)
            if now != version:
                spare_reached(work)
                spare_referred(work)
            work.polite = bool(live)
            quiet = close(work) <= latest and not live
            ripe = ripe_sweeps(connection, min((one.key for one in live), default=None))
            ripe = [number for number in ripe if quiet or number != work.number]
            rows = sweep(work, ripe, payloads, tell) if ripe else Tally()
            if payloads is not None:
                count, size = payloads.remove_strays(work)
                rows.add("stray payload", count, size)
            space = return_space(work, alone=not live)
            marked = _marked(connection)
            return Collected(executions, rows, marked, live if marked else [], space, shared)


def _chosen(connection: sqlite3.Connection, selection: Selection) -> list[int]:
    chosen = select(connection, selection)
    ((total,),) = connection.execute("SELECT count(*) FROM execution")
    if selection.selects and not selection.everything and chosen and len(chosen) == total:
        raise RecorderError(
            f"this would remove every execution of the record ({total}), and with them all results that could be "
            "reused: say --all if that is meant, or keep some, for instance by --keep-last 1"
        )
    return chosen


def _payloads(path: Path) -> tuple[Payloads | None, Path | None]:
    payloads = Payloads(path, values_folder(path))
    shared = payloads.shared_with()
    return (payloads if shared is None else None), shared


def _marked(connection: sqlite3.Connection) -> int:
    ((count,),) = connection.execute("SELECT count(*) FROM doomed WHERE kind < 7")
    return int(count)
