"""What became of an earlier result, and where a replayed one came from.

Floor: recorder.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import TYPE_CHECKING

from redun.hashing.keys import CHANCE
from redun.recorder.batch import JobStatus
from redun.recorder.explaining import sql
from redun.recorder.explaining.arguments import compare_files, text_of
from redun.recorder.explaining.code import Version, compare_versions, versions
from redun.recorder.explaining.contents import Contents, File
from redun.recorder.explaining.records import Cause, CauseKind
from redun.recorder.reader_rows import job_of, task_of

if TYPE_CHECKING:
    from redun.recorder.explaining.nearest import Search
    from redun.recorder.reader import Reader
    from redun.recorder.reader_records import JobRecord, ValueRecord

__all__ = ["below", "earlier_with_key", "invalid", "lost", "made_by", "stale", "unfinished"]


_CHILDREN = 200


def earlier_with_key(search: Search, key: bytes, before: int) -> JobRecord | None:
    """Return the newest job of earlier executions that came to a result under a key."""
    found = [
        job_of(row)
        for call in search.calls_with(key)
        for row in search.reader.database.rows(sql.JOB_OF_CALL_BEFORE, call, before)
    ]
    return max(found, key=lambda job: (job.execution_key, job.number), default=None)


def made_by(search: Search, job: JobRecord) -> JobRecord | None:
    """Return the job that made the result of a replayed one."""
    calls = [job.call_hash] if job.call_hash is not None else []
    # What the body returned may be replayed while calls in it come to something else: the call is another one then.
    for candidates in (calls, search.calls_with(job.eval_hash)):
        rows = [
            row
            for call in candidates
            for row in (
                *search.reader.database.rows(sql.JOB_THAT_MADE, call, job.execution_key),
                *search.reader.database.rows(sql.JOB_THAT_MADE_HERE, call, job.execution_key, job.number),
            )
        ]
        found = [job_of(row) for row in rows]
        if found:
            return max(found, key=lambda made: (made.execution_key, made.number))
    return None


def unfinished(earlier: JobRecord) -> Cause:
    """Say why there is no result of a call that was made with the same code and arguments."""
    if earlier.status in (JobStatus.DONE, JobStatus.CACHED):
        return Cause(CauseKind.LOST)
    return Cause(CauseKind.FAILED, earlier.status.name.lower())


def lost(reader: Reader, earlier: JobRecord | None) -> Cause:
    """Say which result could not be read."""
    value = _result(reader, earlier)
    return Cause(CauseKind.LOST, "" if value is None else value.hash.hex(), value.preview if value else None)


def invalid(reader: Reader, contents: Contents, earlier: JobRecord | None, now: JobRecord) -> list[Cause]:
    """List the files of an earlier result that are other ones now."""
    old, new = _result(reader, earlier), _result(reader, now)
    if old is None or earlier is None:
        return [Cause(CauseKind.INVALID)]
    if new is not None and (files := compare_files(CauseKind.INVALID, contents, old, new)):
        return files
    before, after = _files_passed(reader, contents, earlier), _files_passed(reader, contents, now)
    passed = [
        Cause(CauseKind.INVALID, old=text_of(before[path]), new=text_of(after[path]), path=path)
        for path in before
        if path in after and before[path].hash != after[path].hash
    ]
    if passed:
        return passed
    paths = [
        Cause(CauseKind.INVALID, old=file.hash.hex()[:8], path=path)
        for path, file in contents.files(old).items()
    ]
    # It was made again just as it was, so which of the files was gone is not on record.
    return paths if len(paths) == 1 else [Cause(CauseKind.INVALID, old=old.preview)]


def _files_passed(reader: Reader, contents: Contents, job: JobRecord) -> dict[str, File]:
    """Return the files that a call passed on to those it made, by path: what its body returned held them."""
    children = [] if job.call_hash is None else reader.children(job.call_hash, _CHILDREN)
    given = reader.arguments(child.eval_hash for child in children)
    found: dict[str, File] = {}
    for arguments in given.values():
        for argument in arguments:
            found.update(contents.files(argument.value))
    return found


def _result(reader: Reader, job: JobRecord | None) -> ValueRecord | None:
    if job is None or job.call_hash is None:
        return None
    call = reader.calls([job.call_hash]).get(job.call_hash)
    return None if call is None else reader.values([call.value_hash]).get(call.value_hash)


def stale(reader: Reader, earlier: JobRecord | None, now: JobRecord) -> list[Cause]:
    """List what below an earlier call differs, so that it could not be replayed as a whole."""
    if earlier is None or earlier.call_hash is None or now.call_hash is None:
        return [Cause(CauseKind.BELOW)]
    sets: dict[bytes, set[bytes]] = {
        earlier.call_hash: {earlier.task_hash},
        now.call_hash: {now.task_hash},
    }
    for call, used in reader.database.many(sql.TASK_SETS, [earlier.call_hash, now.call_hash]):
        sets[call].add(used)
    before, after = sets[earlier.call_hash], sets[now.call_hash]
    came = [task_of(row) for row in reader.database.many(sql.TASKS_BY_HASH, after - before)]
    later = versions(reader, came)
    named = {task.fullname: later[task.hash] for task in came}
    return below(reader, before - after, named.get) or [Cause(CauseKind.BELOW)]


def below(reader: Reader, gone: Set[bytes], now: Callable[[str], Version | None]) -> list[Cause]:
    """List causes for the tasks, contexts and mishaps that an earlier call depended on and that are no more.

    Parameters
    ----------
    reader : Reader
    gone : set of bytes
        Out of the earlier call's task set.
    now : callable
        Returns the present version of a task.
    """
    tasks = {row[1]: task_of(row) for row in reader.database.many(sql.TASKS_BY_HASH, gone)}
    read = versions(reader, tasks.values())
    causes: list[Cause] = []
    for task in sorted(tasks.values(), key=lambda task: task.fullname):
        later = now(task.fullname)
        within = () if later is None else tuple(compare_versions(read[task.hash], later))
        changed = None if later is None else later.hash.hex()[:8]
        causes.append(Cause(CauseKind.BELOW, task.fullname, task.hash.hex()[:8], changed, within=within))
    if CHANCE in gone:
        causes.append(Cause(CauseKind.FAILED, "below"))
    if gone - tasks.keys() - {CHANCE}:
        causes.append(Cause(CauseKind.CONTEXT))
    return causes
