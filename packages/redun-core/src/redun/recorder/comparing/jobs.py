"""The jobs of an execution in brief, as columns: a hundred thousand of them fit in a few megabytes.

Floor: recorder.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from redun.recorder import reader_sql
from redun.recorder.batch import JobStatus
from redun.recorder.comparing import sql
from redun.recorder.reader_rows import job_status_of, task_of

if TYPE_CHECKING:
    from redun.recorder.reader import Reader
    from redun.recorder.reader_records import ExecutionRecord, TaskRecord

__all__ = ["Jobs"]

_CHUNK = 10_000
_NONE = -1


class Jobs:
    """All jobs of an execution; each is known by its index here, in the order of their numbers.

    Parameters
    ----------
    reader : Reader
    execution : ExecutionRecord
    known : dict, optional
        Hashes that were met already, as themselves.

    Attributes
    ----------
    numbers, parents, tasks, statuses, durations : array of int
        By index; of parents, the index, -1 for none. A duration is -1 while there is none.
    keys, calls : list of bytes
        Eval hashes and call hashes; b"" for none.
    names : list of str
        Full name of the task of each.
    versions : dict
        By the key of the task.
    """

    def __init__(
        self, reader: Reader, execution: ExecutionRecord, known: dict[bytes, bytes] | None = None
    ) -> None:
        # Most hashes are those of the other execution: one object for both takes half the space.
        same = {} if known is None else known
        self.execution = execution
        self.numbers = array("q")
        self.parents = array("q")
        self.tasks = array("q")
        self.statuses = array("b")
        self.durations = array("q")
        self.keys: list[bytes] = []
        self.calls: list[bytes] = []
        index: dict[int, int] = {}
        last = -1
        while rows := reader.database.rows(sql.JOBS_IN_BRIEF, execution.key, last, _CHUNK):
            for number, parent, task, key, call, status, duration in rows:
                index[number] = len(self.numbers)
                self.numbers.append(number)
                self.parents.append(_NONE if parent is None else index.get(parent, _NONE))
                self.tasks.append(task)
                self.keys.append(same.setdefault(key, key))
                self.calls.append(same.setdefault(call, call) if call else b"")
                self.statuses.append(status)
                self.durations.append(_NONE if duration is None else duration)
            last = rows[-1][0]
        self.versions: dict[int, TaskRecord] = {
            row[0]: task_of(row) for row in reader.database.many(reader_sql.TASKS_BY_KEY, set(self.tasks))
        }
        fullnames = {key: task.fullname for key, task in self.versions.items()}
        self.names = [fullnames[key] for key in self.tasks]

    def __len__(self) -> int:
        return len(self.numbers)

    def status(self, index: int) -> JobStatus:
        """Return the state of a job."""
        return job_status_of(self.statuses[index], self.execution.status)

    def children(self) -> dict[int, list[int]]:
        """Return the jobs below each job, and below -1 those without a caller."""
        found: dict[int, list[int]] = {}
        for index, parent in enumerate(self.parents):
            found.setdefault(parent, []).append(index)
        return found
