"""Why the jobs of a whole execution ran, told by task and cause.

Floor: recorder. An execution may have a hundred thousand jobs: they are counted by task and reason, and of each such
crowd a few are looked at. Where fewer ran than are looked at, the numbers are exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs
from redun.recorder import reader_sql
from redun.recorder.batch import JobStatus, Reason
from redun.recorder.explaining import sql
from redun.recorder.explaining.explain import Explainer
from redun.recorder.explaining.records import Cause, CauseKind, Explanation, Group
from redun.recorder.reader_rows import job_of, task_of

if TYPE_CHECKING:
    from redun.recorder.reader import Reader
    from redun.recorder.reader_records import JobRecord

__all__ = ["explain_execution"]

_LOOKED_AT = 300
_OF_EACH = 60
_LEAST = 3
# To count reasons means to read every job; states are counted in an index.
_COUNTED = 20_000


@attrs.frozen
class _Crowd:
    """Jobs of a task that ran; for one reason, or for any if `reason` is None."""

    task: int
    name: str
    count: int
    reason: int | None


def explain_execution(reader: Reader, execution: int, task: str | None = None) -> list[Group]:
    """Explain why jobs of an execution ran, the largest group first.

    Parameters
    ----------
    reader : Reader
    execution : int
        Its key.
    task : str, optional
        Only jobs of this task, by its full or bare name.
    """
    crowds = _crowds(reader, execution, task)
    explainer = Explainer(reader)
    share = max(_LEAST, min(_OF_EACH, _LOOKED_AT // max(1, len(crowds))))
    found: dict[tuple[object, ...], list[Group]] = {}
    for crowd in crowds:
        for group in _groups(explainer, execution, crowd, share):
            found.setdefault((group.task, _signature(group.causes)), []).append(group)
    groups = [_together(same) for same in found.values()]
    return sorted(groups, key=lambda group: (-group.jobs, group.example.number))


def _crowds(reader: Reader, execution: int, task: str | None) -> list[_Crowd]:
    counts: dict[int, int] = {}
    for key, status, number in reader.database.rows(reader_sql.STATUS_COUNTS, execution):
        if status != JobStatus.CACHED:
            counts[key] = counts.get(key, 0) + number
    names = {row[0]: task_of(row).fullname for row in reader.database.many(reader_sql.TASKS_BY_KEY, counts)}
    wanted = {key for key, name in names.items() if task in (None, name, name.rpartition(".")[2])}
    if sum(counts.values()) > _COUNTED:
        return [_Crowd(key, names[key], count, None) for key, count in counts.items() if key in wanted]
    return [
        _Crowd(key, names[key], count, reason)
        for key, reason, count in reader.database.rows(sql.RAN, execution)
        if key in wanted and reason != Reason.REPLAYED
    ]


def _groups(explainer: Explainer, execution: int, crowd: _Crowd, share: int) -> Iterator[Group]:
    root = explainer.execution(execution).task
    first = explainer.search.earlier_execution(crowd.name, root, execution) is None
    jobs = _some_jobs(explainer.reader, execution, crowd, 1 if first else share)
    alike: dict[tuple[object, ...], list[Explanation]] = {}
    for job in jobs:
        explanation = explainer.job(job)
        if explanation.causes:
            alike.setdefault(_signature(explanation.causes), []).append(explanation)
    # Of a task that was never called before, each call is a first one.
    first = first and all(one.causes[0].kind is CauseKind.FIRST for same in alike.values() for one in same)
    for same in alike.values():
        count = len(same)
        if first:
            count = crowd.count
        elif len(jobs) < crowd.count:
            count = max(count, round(crowd.count * count / len(jobs)))
        yield Group(
            task=crowd.name,
            causes=same[0].causes,
            jobs=count,
            exact=first or len(jobs) == crowd.count,
            looked_at=len(same),
            of=crowd.count,
            example=same[0].job,
            earlier=same[0].earlier,
        )


def _some_jobs(reader: Reader, execution: int, crowd: _Crowd, share: int) -> list[JobRecord]:
    """Return the first and the last jobs of a crowd: what was added to a list stands at its end."""
    asked: tuple[int, ...] = (crowd.task, execution)
    first, last = sql.FIRST_THAT_RAN, sql.LAST_THAT_RAN
    if crowd.reason is not None:
        asked = (*asked, crowd.reason)
        first, last = sql.FIRST_FOR_REASON, sql.LAST_FOR_REASON
    most = share if crowd.count <= share else (share + 1) // 2
    rows = reader.database.rows(first, *asked, most)
    if crowd.count > share > 1:
        rows += reader.database.rows(last, *asked, share // 2)
    numbers = [number for (number,) in rows]
    jobs = map(job_of, reader.database.many(reader_sql.JOBS_BY_NUMBER, numbers, execution))
    return sorted(jobs, key=lambda job: job.number)


def _signature(causes: tuple[Cause, ...]) -> tuple[object, ...]:
    """Return what makes causes the same for a summary: previews and paths may differ."""
    return tuple(
        sorted({(cause.kind.value, "" if cause.kind is CauseKind.LOST else cause.name) for cause in causes})
    )


def _together(same: list[Group]) -> Group:
    """Make one group of those of several versions of a task, or of several reasons."""
    first = min(same, key=lambda group: group.example.number)
    return attrs.evolve(
        first,
        jobs=sum(group.jobs for group in same),
        exact=all(group.exact for group in same),
        looked_at=sum(group.looked_at for group in same),
        of=sum(group.of for group in same),
    )
