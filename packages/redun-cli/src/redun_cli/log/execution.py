"""An execution in detail: what was run, how its jobs stand by task, and the tree of jobs.

Floor: command line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from redun.recorder.batch import JobStatus
from redun.recorder.ids import job_id
from redun.recorder.reader import Reader
from redun.recorder.reader_groups import JobGroups
from redun.recorder.reader_records import ExecutionRecord, JobRecord, TaskStatus
from redun.recorder.reader_tree import Branch, job_tree

from redun_cli.log.folding import Folding, folded_lines
from redun_cli.log.lines import execution_line, job_line, margin
from redun_cli.log.moments import duration_text, local
from redun_cli.log.tags import tag_lines, tags_of
from redun_cli.report.tally import ORDER, Tally, table_lines

__all__ = ["execution_detail"]

_WHOLE = 1_000
"""A tree of more jobs is folded, unless told otherwise."""

_LINES = 1_000
_RULE = "-" * 80
_CHUNK = 500


class _Recorded(Tally):
    """The counts of an execution that is over, or under way elsewhere."""

    def __init__(self, table: Sequence[TaskStatus]) -> None:
        super().__init__()
        self._counts = {row.task: [row.counts.get(status, 0) for status in JobStatus] for row in table}


def execution_detail(
    reader: Reader, execution: ExecutionRecord, limit: int | None = None, folding: Folding | None = None
) -> Iterator[str]:
    """Yield the lines.

    Parameters
    ----------
    reader : Reader
    execution : ExecutionRecord
    limit : int, optional
        How many jobs to show in the tree. By default all of them, or a large tree folded.
    folding : Folding, optional
        How deep to go, and what not to fold.
    """
    tags = tags_of(reader, "execution", execution.id)
    yield execution_line(execution, tags, full=True)
    if execution.ended is not None:
        yield f"Duration: {duration_text(execution.ended - execution.started)}"
    else:
        yield f"Process: {execution.pid} on {execution.host}, last seen {local(execution.heartbeat)}"
    for text in tags.get("doc", []):
        yield str(text)
    yield from tag_lines({key: values for key, values in tags.items() if key != "doc"})
    if execution.error:
        yield f"Error: {execution.error}"
    groups = JobGroups(reader, execution)
    table = groups.table()
    if not table:
        yield "Jobs: 0"
        return
    yield from table_lines(_Recorded(table), local(execution.ended or execution.heartbeat))
    total = sum(row.total for row in table)
    yield f"Jobs: {total} ({_counts_text(table)})"
    yield _RULE
    if total > _WHOLE and (limit is None or folding is not None):
        yield from folded_lines(groups, folding or Folding(), _LINES if limit is None else limit)
        return
    whole = job_tree(reader, execution.key, total if limit is None else limit)
    depth = total if folding is None or folding.depth is None else folding.depth
    yield from _tree_lines(reader, (branch for branch in whole if branch.depth <= depth))
    if limit is not None and total > limit:
        yield f"... and {total - limit} more jobs; `--limit 0` shows them all"


def _tree_lines(reader: Reader, branches: Iterator[Branch]) -> Iterator[str]:
    while chunk := list(islice(branches, _CHUNK)):
        arguments = reader.arguments(branch.job.eval_hash for branch in chunk)
        for branch in chunk:
            line = job_line(branch.job, arguments.get(branch.job.eval_hash, ()))
            shared = _shared_text(branch.job) if branch.shared else ""
            yield f"{margin(branch.depth)}{line}{shared}"


def _shared_text(job: JobRecord) -> str:
    return f"  (shared: Job {job_id(job.execution_id, job.parent or 0)} asked first)"


def _counts_text(table: Sequence[TaskStatus]) -> str:
    counts: Counter[JobStatus] = Counter()
    for row in table:
        counts.update(row.counts)
    return ", ".join(f"{status.name}: {counts[status]}" for status in ORDER if counts[status])
