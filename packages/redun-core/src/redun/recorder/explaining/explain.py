"""An explanation, put together.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from redun.recorder.batch import JobStatus, Reason
from redun.recorder.explaining import results, sql
from redun.recorder.explaining.arguments import compare_arguments
from redun.recorder.explaining.code import Version, compare_versions, versions
from redun.recorder.explaining.contents import Contents
from redun.recorder.explaining.nearest import Nearest, Search
from redun.recorder.explaining.records import Cause, CauseKind, Explanation, Match
from redun.recorder.explaining.subject import Subject, key_with, left_out

if TYPE_CHECKING:
    from redun.recorder.reader import Reader
    from redun.recorder.reader_records import ExecutionRecord, JobRecord

__all__ = ["PLUGINS_TAG", "Explainer", "explain_job"]

PLUGINS_TAG = "redun.plugins"
"""Tag of an execution: the plugins that have a say in hashes, with their versions."""


def explain_job(reader: Reader, job: JobRecord) -> Explanation:
    """Explain why a job ran, or where its result came from.

    Parameters
    ----------
    reader : Reader
    job : JobRecord
    """
    return Explainer(reader).job(job)


class Explainer:
    """Explains calls; what it learns of tasks, trees and executions serves all of them.

    Parameters
    ----------
    reader : Reader
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.search = Search(reader)
        self.contents = Contents(reader)
        self._versions: dict[bytes, Version] = {}
        self._code: dict[tuple[bytes, bytes], tuple[Cause, ...]] = {}
        self._executions: dict[int, ExecutionRecord] = {}
        self._plugins: dict[int, Mapping[str, str]] = {}

    def job(self, job: JobRecord) -> Explanation:
        """Explain a job."""
        if job.status is JobStatus.CACHED or (
            job.reason is Reason.REPLAYED and job.status is not JobStatus.RUNNING
        ):
            return self._replayed(job)
        earlier: Nearest | JobRecord | None
        if job.reason in (Reason.NEW, Reason.REPLAYED):
            earlier, causes = self.new(self.subject(job))
        else:
            earlier, causes = self._known(job)
        record = earlier.job if isinstance(earlier, Nearest) else earlier
        match = earlier.match if isinstance(earlier, Nearest) else (Match.KEY if earlier else None)
        return Explanation(
            job,
            job.reason,
            record,
            None if record is None else self.execution(record.execution_key),
            match,
            tuple(causes),
        )

    def execution(self, key: int) -> ExecutionRecord:
        """Return an execution."""
        if key not in self._executions:
            self._executions[key] = self.reader.execution(key)
        return self._executions[key]

    def subject(self, job: JobRecord) -> Subject:
        """Describe a recorded job as what is to be explained."""
        version = self.version(job.task_hash)
        arguments = self.reader.arguments([job.eval_hash]).get(job.eval_hash, ())
        return Subject(
            job.task,
            version,
            job.eval_hash,
            arguments,
            left_out(job.task_hash, arguments, job.eval_hash) or frozenset(),
            self.execution(job.execution_key).task,
            job.execution_key,
            lambda: self.search.place_of(job),
            lambda key: self.search.job_with(key, job.execution_key) is not None,
        )

    def version(self, task_hash: bytes) -> Version:
        """Return a version of a task."""
        if task_hash not in self._versions:
            self._versions.update(versions(self.reader, [self.reader.task(task_hash)]))
        return self._versions[task_hash]

    def new(
        self, subject: Subject, plugins: Mapping[str, str] | None = None
    ) -> tuple[Nearest | None, list[Cause]]:
        """Explain a call for which no result was on record.

        Parameters
        ----------
        subject : Subject
        plugins : mapping, optional
            Those that have a say in hashes; by default as recorded with the execution.
        """
        place = self.search.earlier_execution(subject.task, subject.root, subject.before)
        if place is None:
            return None, [Cause(CauseKind.FIRST)]
        nearest = self.search.nearest(subject)
        if nearest is None:
            return None, [Cause(CauseKind.NEW)]
        earlier = self.version(nearest.job.task_hash)
        causes = list(self._code_causes(earlier, subject.version))
        causes += compare_arguments(
            self.contents,
            nearest,
            subject,
            earlier.parameters,
            (
                self._plugins_of(nearest.job.execution_key),
                self._plugins_of(subject.before) if plugins is None else plugins,
            ),
        )
        if not causes:
            causes = [results.unfinished(nearest.job)]
        return nearest, causes

    def _code_causes(self, old: Version, new: Version) -> tuple[Cause, ...]:
        pair = old.hash, new.hash
        if pair not in self._code:
            self._code[pair] = tuple(compare_versions(old, new))
        return self._code[pair]

    def _known(self, job: JobRecord) -> tuple[Nearest | JobRecord | None, list[Cause]]:
        """Explain a job of which an earlier result was there, or was not asked for."""
        earlier = self._earlier(job)
        record = earlier.job if isinstance(earlier, Nearest) else earlier
        match job.reason:
            case Reason.INVALID:
                return earlier, results.invalid(self.reader, self.contents, record, job)
            case Reason.UNREADABLE:
                return earlier, [results.lost(self.reader, record)]
            case Reason.SECRET:
                return earlier, [Cause(CauseKind.SECRET)]
            case Reason.UNTRUSTED:
                return earlier, [Cause(CauseKind.UNTRUSTED)]
            case Reason.CODE_BELOW:
                return earlier, results.stale(self.reader, record, job)
            case Reason.NO_CACHE:
                return earlier, [Cause(CauseKind.OPTION, "--no-cache")]
            case _:
                return earlier, [Cause(CauseKind.OPTION, "cache")]

    def _earlier(self, job: JobRecord) -> Nearest | JobRecord | None:
        same = results.earlier_with_key(self.search, job.eval_hash, job.execution_key)
        if same is not None:
            return same
        # Its result is not in the record any more: the new one took its place.
        subject = self.subject(job)
        nearest = self.search.nearest(subject)
        if (
            nearest is not None
            and key_with(job.task_hash, nearest.arguments, subject.left_out) == job.eval_hash
        ):
            return nearest
        return None

    def _replayed(self, job: JobRecord) -> Explanation:
        made = results.made_by(self.search, job)
        if made is None:
            return Explanation(job, job.reason)
        pulled = self.reader.database.rows(sql.ORIGIN, made.execution_key)
        return Explanation(
            job,
            job.reason,
            made,
            self.execution(made.execution_key),
            Match.KEY,
            code=self.reader.task(made.task_hash),
            repository=pulled[0][0] if pulled else None,
        )

    def _plugins_of(self, execution: int) -> Mapping[str, str]:
        if execution not in self._plugins:
            identity = self.execution(execution).id
            found = self.reader.tags("execution", [identity]).get(identity, {}).get(PLUGINS_TAG, [{}])[0]
            known = found.items() if isinstance(found, dict) else ()
            self._plugins[execution] = {name: str(version) for name, version in known}
        return self._plugins[execution]
