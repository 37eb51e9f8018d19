"""Why the jobs of a whole execution ran, told by task and cause.

Floor: recorder. An execution may have a hundred thousand jobs: they are counted by task and reason, and of each such
crowd a few are looked at. Where fewer ran than are looked at, the numbers are exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.recorder.batch import Reason
from redun.recorder.explaining import sql
from redun.recorder.explaining.explain import Explainer
from redun.recorder.explaining.records import Cause, CauseKind, Explanation, Group
from redun.recorder.reader_sql import TASKS_BY_KEY

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["explain_execution"]

_LOOKED_AT = 300
_OF_EACH = 60
_LEAST = 3


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
    crowds = [row for row in reader.database.rows(sql.RAN, execution) if row[1] != Reason.REPLAYED]
    explainer = Explainer(reader)
    names = {
        row[0]: f"{row[2]}.{row[3]}" if row[2] else row[3]
        for row in reader.database.many(TASKS_BY_KEY, {row[0] for row in crowds})
    }
    if task is not None:
        crowds = [row for row in crowds if task in (names[row[0]], names[row[0]].rpartition(".")[2])]
    crowds.sort(key=lambda row: row[3])
    share = max(_LEAST, min(_OF_EACH, _LOOKED_AT // max(1, len(crowds))))
    found: dict[tuple[object, ...], list[Group]] = {}
    for key, reason, count, _ in crowds:
        for group in _of_crowd(reader, explainer, names[key], (execution, key, reason, count), share):
            found.setdefault((group.task, reason, _signature(group.causes)), []).append(group)
    groups = [_together(same) for same in found.values()]
    return sorted(groups, key=lambda group: (-group.jobs, group.example.number))


def _of_crowd(
    reader: Reader, explainer: Explainer, task: str, crowd: tuple[int, int, int, int], share: int
) -> list[Group]:
    execution, key, reason, count = crowd
    numbers = [
        number for (number,) in reader.database.rows(sql.RAN_OF_TASK, key, execution, -1, reason, share)
    ]
    if count > share:
        # Some from the end, too: what was added to a list stands there.
        rows = reader.database.rows(sql.LAST_OF_TASK, key, execution, reason, share // 2)
        numbers = sorted({*numbers[: share - share // 2], *(number for (number,) in rows)})
    explained: dict[tuple[object, ...], list[Explanation]] = {}
    for number in numbers:
        one = explainer.job(reader.job(execution, number))
        explained.setdefault(_signature(one.causes), []).append(one)
    groups = []
    for alike in explained.values():
        first = alike[0]
        jobs = len(alike) if len(numbers) == count else max(1, round(count * len(alike) / len(numbers)))
        groups.append(Group(task, first.causes, jobs, len(alike), count, first.job, first.earlier))
    return groups


def _signature(causes: tuple[Cause, ...]) -> tuple[object, ...]:
    """Return what makes causes the same for a summary: previews of arguments and paths may differ."""
    return tuple(
        sorted(
            {(cause.kind.value, cause.name if cause.kind is not CauseKind.LOST else "") for cause in causes}
        )
    )


def _together(same: list[Group]) -> Group:
    if len(same) == 1:
        return same[0]
    first = min(same, key=lambda group: group.example.number)
    return Group(
        first.task,
        first.causes,
        sum(group.jobs for group in same),
        sum(group.looked_at for group in same),
        sum(group.of for group in same),
        first.example,
        first.earlier,
    )
