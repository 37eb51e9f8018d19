"""A tree of jobs too large to look at, folded: equal siblings of a task are one line that says how they stand.

Floor: command line. Failures are never folded away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice

import attrs
from redun.recorder.batch import JobStatus
from redun.recorder.reader_groups import JobGroup, JobGroups
from redun.recorder.reader_records import JobRecord

from redun_cli.log.lines import job_line, margin
from redun_cli.report.tally import ORDER

__all__ = ["Folding", "counts_text", "folded_lines"]

_FEW = 10
"""So many siblings of one task are shown one by one."""

_FAILURES_SHOWN = 20
_FAILURES_LOOKED_AT = 10_000
_CHUNK = 500


@attrs.frozen(kw_only=True)
class Folding:
    """How a tree is to be shown.

    Attributes
    ----------
    depth : int, optional
        At most so many levels below the root.
    tasks : collection of str
        Tasks whose jobs are all shown, by full or bare name.
    jobs : collection of int
        Jobs to show, with all that they called.
    """

    depth: int | None = None
    tasks: Collection[str] = ()
    jobs: Collection[int] = ()

    def opens(self, task: str) -> bool:
        """Tell whether all jobs of a task are to be shown."""
        return task in self.tasks or task.rpartition(".")[2] in self.tasks


@attrs.frozen
class _One:
    depth: int
    number: int
    alone: bool = False


@attrs.frozen
class _Many:
    depth: int
    group: JobGroup
    parents: list[int]


@attrs.frozen
class _Note:
    depth: int
    text: str


_Item = _One | _Many | _Note


def counts_text(counts: Mapping[JobStatus, int]) -> str:
    """Return `9,990 DONE, 8 FAILED`.

    >>> counts_text({JobStatus.FAILED: 8, JobStatus.DONE: 9990})
    '9,990 DONE, 8 FAILED'
    """
    return ", ".join(f"{counts[status]:,} {status.name}" for status in ORDER if counts.get(status))


def folded_lines(groups: JobGroups, folding: Folding, limit: int) -> Iterator[str]:
    """Yield at most `limit` lines of the tree, and then the failures that these do not show."""
    failed = groups.failed(_FAILURES_LOOKED_AT)
    shown: set[int] = set()
    items = _Walk(groups, folding, failed).items()
    part = islice(items, limit)
    while chunk := list(islice(part, _CHUNK)):
        numbers = [item.number for item in chunk if isinstance(item, _One)]
        shown.update(numbers)
        jobs = groups.jobs(numbers)
        arguments = groups.reader.arguments(job.eval_hash for job in jobs.values())
        for item in chunk:
            if isinstance(item, _One):
                job = jobs[item.number]
                text = job_line(job, arguments.get(job.eval_hash, ()))
            elif isinstance(item, _Many):
                text = f"Job {item.group.task} x {item.group.total:,} ({counts_text(item.group.counts)})"
            else:
                text = item.text
            yield f"{margin(item.depth)}{text}"
    if next(items, None) is not None:
        yield "... there is more of the tree; `--limit 0` shows all of it"
    yield from _unseen_failures(groups, [job for job in failed if job.number not in shown])


def _unseen_failures(groups: JobGroups, failed: list[JobRecord]) -> Iterator[str]:
    if not failed:
        return
    yield ""
    yield f"Failed, and not shown above: {len(failed):,}"
    arguments = groups.reader.arguments(job.eval_hash for job in failed[:_FAILURES_SHOWN])
    for job in failed[:_FAILURES_SHOWN]:
        yield f"  {job_line(job, arguments.get(job.eval_hash, ()))}"
    if len(failed) > _FAILURES_SHOWN:
        identity = failed[0].execution_id.hex()[:8]
        yield f"  ... `redun log --job --job-status FAILED --exec-id {identity}` lists all"


class _Walk:
    """Goes through the tree, parents before children, without recursion."""

    def __init__(self, groups: JobGroups, folding: Folding, failed: list[JobRecord]) -> None:
        self.groups = groups
        self.folding = folding
        opened = groups.jobs(folding.jobs).values()
        self.apart: dict[tuple[int | None, str], list[JobRecord]] = {}
        for job in [*failed, *opened]:
            self.apart.setdefault((job.parent, job.task), []).append(job)

    def items(self) -> Iterator[_Item]:
        """Yield what stands on each line."""
        pending: list[Iterator[_Item]] = [iter([_One(0, number) for number in self.groups.roots()])]
        while pending:
            item = next(pending[-1], None)
            if item is None:
                pending.pop()
                continue
            yield item
            if self.folding.depth is None or item.depth < self.folding.depth:
                pending.append(self._below(item))

    def _below(self, item: _Item) -> Iterator[_Item]:
        if isinstance(item, _One):
            if not item.alone:
                yield from self._called(item.depth + 1, [item.number], item.number in self.folding.jobs)
        elif isinstance(item, _Many):
            yield from self._apart(item)
            callers = self.groups.callers(item.parents, item.group.task_key)
            if callers is None:
                text = f"(what these called is not shown; `--expand {item.group.task}` shows each)"
                yield _Note(item.depth + 1, text)
            elif callers:
                yield from self._called(item.depth + 1, callers, False)

    def _called(self, depth: int, parents: list[int], opened: bool) -> Iterator[_Item]:
        for group in self.groups.called_by(parents):
            if not (opened or group.total <= _FEW or self.folding.opens(group.task)):
                yield _Many(depth, group, parents)
                continue
            for parent in parents:
                for number in self.groups.numbers(parent, group.task_key, group.total):
                    yield _One(depth, number)

    def _apart(self, item: _Many) -> Iterator[_Item]:
        """Yield the jobs of a group that are shown nevertheless."""
        found = {
            job.number: job
            for parent in item.parents
            for job in self.apart.get((parent, item.group.task), ())
        }
        opened = [number for number in found if number in self.folding.jobs]
        failures = [number for number in found if number not in self.folding.jobs]
        for number in sorted([*opened, *failures[:_FAILURES_SHOWN]]):
            yield _One(item.depth + 1, number, alone=number not in self.folding.jobs)
        hidden = item.group.counts.get(JobStatus.FAILED, 0) - len(failures[:_FAILURES_SHOWN])
        if failures and hidden > 0:
            yield _Note(item.depth + 1, f"... and {hidden:,} more FAILED")
