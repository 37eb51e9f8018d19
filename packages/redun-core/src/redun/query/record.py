"""The record of a project, to be asked.

Floor: library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from redun.errors import RecordNotFoundError
from redun.query.calls import CallView, TaskView
from redun.query.conditions import execution_filter, job_filter
from redun.query.executions import ExecutionView
from redun.query.jobs import JobView
from redun.query.lineage import SourceView, UseView
from redun.query.location import record_location
from redun.query.opening import Hosting, open_database
from redun.query.results import Results
from redun.query.signing import signer_of
from redun.query.stores import store_beside, store_of
from redun.query.tags import TagView
from redun.query.values import FileView, ValueView
from redun.query.view import View
from redun.recorder.lineage import downstream, upstream
from redun.recorder.reader import Reader
from redun.recorder.reader_database import OpenedDatabase
from redun.recorder.reader_files import file_versions, files
from redun.recorder.reader_filters import filtered_executions, filtered_jobs
from redun.recorder.reader_lookup import find
from redun.recorder.reader_payload import payload_of
from redun.recorder.reader_records import Candidate, Kind

if TYPE_CHECKING:
    from redun.config import Config
    from redun.query.orm import ReadOnlySession
    from redun.recorder.value_store import ValueStore
    from redun.signing.signer import Signer

__all__ = ["Record", "open_record"]

_PAGE = 500
_LAST = b"\xff" * 20


def open_record(location: str | Path | Config | None = None, *, hosting: Hosting | None = None) -> Record:
    """Open a record for questions.

    Where section `[signing]` of its configuration, or else of the project in whose folder we are, names a key, values
    are loaded only if they are signed with that.

    Parameters
    ----------
    location : str, Path or Config, optional
        A database file, its URL, a configuration, or a folder: that of a configuration, or of a project that has one in
        `.redun`. Without it, the record of the project in whose folder we are, as for the command `redun`.
    hosting : callable, optional
        Answers the plugins that open what is no file.

    Raises
    ------
    RecorderError
        There is no record, it is damaged, or another version wrote it.
    """
    where = record_location(location)
    return Record(open_database(where, hosting), partial(signer_of, where), partial(store_of, where, hosting))


class Record:
    """What was run, and what came of it.

    All questions are answered from descriptions that were taken when things happened: nothing is run, nothing is
    unpickled, and nothing can be changed. The one exception is `load`.

    Parameters
    ----------
    database : OpenedDatabase
    signer : callable, optional
        Returns what accepts the signatures of values; asked when one is loaded.
    store : callable, optional
        Returns where large values are; asked when one is loaded.
    """

    def __init__(
        self,
        database: OpenedDatabase,
        signer: Callable[[], Signer | None] = lambda: None,
        store: Callable[[], ValueStore | None] | None = None,
    ) -> None:
        self.path = database.location
        self._database = database
        self.reader = Reader(database)
        self._signer = signer
        self._store = store or partial(store_beside, database.location)

    def __enter__(self) -> Record:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<record {self.path}>"

    def close(self) -> None:
        """Disconnect."""
        self.reader.close()

    def executions(self, **conditions: Any) -> Results[ExecutionView]:
        """Return the executions that fit all conditions, newest first.

        Parameters
        ----------
        task : str or iterable of str, optional
            Has a job of one of these tasks, by full or bare name.
        status : str or iterable of str, optional
            DONE, FAILED, CANCELLED, RUNNING, CRASHED.
        since, until : datetime, date, timedelta or str, optional
            Started at or after the one and before the other. A `timedelta` counts back from now; text is as for
            `redun log --since`: `2h`, `yesterday`, `2026-11-23`.
        tags : dict, or iterable of str, optional
            Has all these tags: `{"project": "atlas"}` or `["project=atlas"]`; a key alone stands for any value.
        user, project : str, optional
            As it is tagged.
        """
        wanted = execution_filter(**conditions)
        return Results(
            ExecutionView,
            lambda: (ExecutionView(self, row) for row in filtered_executions(self.reader, wanted)),
        )

    def jobs(
        self, *, execution: ExecutionView | str | Iterable[ExecutionView] | None = None, **conditions: Any
    ) -> Results[JobView]:
        """Return the jobs that fit all conditions: those of the newest execution first, in the order they were made.

        Parameters
        ----------
        execution : ExecutionView, str or iterable, optional
            Belongs to this one, or to one of these.
        task : str or iterable of str, optional
            Calls one of these tasks, by full or bare name.
        status : str or iterable of str, optional
            DONE, CACHED, FAILED, CANCELLED, RUNNING, LOST.
        since, until : datetime, date, timedelta or str, optional
            As for `executions`.
        tags : dict, or iterable of str, optional
            The job has all these tags.
        execution_tags, user, project : optional
            Its execution has.
        executor : str, optional
        argument, result : ValueView or str, optional
            A value, or its hash, that was given to it, or that it returned.
        """
        keys = None if execution is None else self._execution_keys(execution)
        wanted = job_filter(executions=keys, **conditions)
        return Results(JobView, lambda: (JobView(self, row) for row in filtered_jobs(self.reader, wanted)))

    @property
    def values(self) -> Results[ValueView]:
        """All values, in the order of their hashes."""
        return Results(ValueView, self._values)

    def files(self, pattern: str | None = None) -> Results[FileView]:
        """Return the files by path; `pattern` is as in a shell, but `*` matches slashes too."""
        return Results(FileView, lambda: (FileView(self, row) for row in files(self.reader, pattern)))

    def tasks(self, name: str | None = None) -> Results[TaskView]:
        """Return the versions of tasks, of one task newest first, full or bare name, or else of all by name."""

        def look() -> Iterator[TaskView]:
            rows = self.reader.tasks() if name is None else self.reader.tasks_named(name)
            return (TaskView(self, row) for row in rows)

        return Results(TaskView, look)

    def tags(self, key: str | None = None, value: Any = ...) -> Results[TagView]:
        """Return the tags, of a key and a value if given, by key and value."""
        return Results(TagView, lambda: TagView.look(self, key, value))

    def find(self, text: str) -> View:
        """Return what an id, a prefix of one, a task's name or a file's path stands for, as for `redun log`.

        Raises
        ------
        RecordNotFoundError, AmbiguousIdError
        """
        return self._view(find(self.reader, text))

    def execution(self, id_: str = "-") -> ExecutionView:
        """Return an execution by id, its beginning, `-` for the last one or `~2` for the last but one."""
        return self._named(id_, Kind.EXECUTION)  # type: ignore[return-value]

    def job(self, id_: str) -> JobView:
        """Return a job by id: `3f9a2b1c.17`, or `-.17` of the last execution."""
        return self._named(id_, Kind.JOB)  # type: ignore[return-value]

    def call(self, hash_: str) -> CallView:
        """Return a call by its hash or the beginning of that."""
        return self._named(hash_, Kind.CALL)  # type: ignore[return-value]

    def task(self, name: str) -> TaskView:
        """Return the newest version of a task by name, or a version by its hash."""
        return self._named(name, Kind.TASK)  # type: ignore[return-value]

    def value(self, hash_: str) -> ValueView:
        """Return a value by its hash or the beginning of that."""
        return self._named(hash_, Kind.VALUE)  # type: ignore[return-value]

    def file(self, path: str) -> FileView:
        """Return the file at a path; of several contents the one that was made last, or else read last."""
        return self._named(path, Kind.FILE)  # type: ignore[return-value]

    def upstream(self, thing: View | str, limit: int = 500) -> Results[SourceView]:
        """Return the dataflow that led to something, back to what came from outside.

        Parameters
        ----------
        thing : ValueView, FileView, JobView, CallView, ExecutionView or str
            Of a job, a call or an execution the result is meant; a text is as for `find`.
        limit : int, default 500
            How many variables to follow at most.
        """

        def look() -> Iterator[SourceView]:
            about = self.find(thing) if isinstance(thing, str) else thing
            about = about.job or about if isinstance(about, ExecutionView) else about
            value = self._value_of(about)
            job = about._row if isinstance(about, JobView) else None
            call = about._row if isinstance(about, CallView) else None
            flow = upstream(self.reader, value._row, job=job, call=call, limit=limit)
            return (SourceView(self, row) for row in flow.derivations)

        return Results(SourceView, look)

    def downstream(self, thing: View | str, limit: int = 1_000) -> Results[UseView]:
        """Return the calls that used something, or what was made of it, nearest first, at most `limit`.

        Of a job or a call, what came of its own result is meant; of a value or a file, whatever was given an equal one
        counts.
        """

        def look() -> Iterator[UseView]:
            about = self.find(thing) if isinstance(thing, str) else thing
            about = about.job or about if isinstance(about, ExecutionView) else about
            value = self._value_of(about)
            call = about.call if isinstance(about, JobView) else about
            row = call._row if isinstance(call, CallView) else None
            return (UseView(self, use) for use in downstream(self.reader, value._row, call=row, limit=limit))

        return Results(UseView, look)

    def load(self, thing: View | str) -> Any:
        """Bring a value back to life.

        .. warning::
           This unpickles: **it runs whatever code the stored bytes ask for**, and imports the modules that they
           name. Do it only with records that were written by you and by people you trust, or whose values must be
           signed (section `[signing]`). Everything else here is safe.

        Parameters
        ----------
        thing : ValueView, FileView, JobView, CallView or str
            Of a job or a call the result is meant.

        Raises
        ------
        UnreadableValueError
            Its bytes are gone, or its class cannot be imported; an `UntrustedValueError` if its signature is not
            accepted.
        """
        from redun.value.seal import unseal

        about = self.find(thing) if isinstance(thing, str) else thing
        row = self._value_of(about)._row
        payload = payload_of(self._database, row.hash, int(row.format), self._store, self._signer())
        return unseal(payload, row.format)

    def session(self) -> ReadOnlySession:
        """Return a session of SQLAlchemy for the classes of `redun.query.orm`."""
        from redun.query.orm import session_over

        return session_over(self._database)

    def arguments_of(self, eval_hash: bytes) -> dict[str, ValueView]:
        """Return the arguments behind a cache key, by name."""
        found = self.reader.arguments([eval_hash]).get(eval_hash, ())
        return {argument.name: ValueView(self, argument.value) for argument in found}

    def values_of(self, hashes: Iterable[bytes]) -> list[ValueView]:
        """Return those of the values that are recorded, in the order given."""
        wanted = list(hashes)
        found = self.reader.values(wanted)
        return [ValueView(self, found[one]) for one in wanted if one in found]

    def _values(self) -> Iterator[ValueView]:
        first = b""
        while rows := self.reader.values_between(first, _LAST, _PAGE):
            yield from (ValueView(self, row) for row in rows)
            if len(rows) < _PAGE:
                return
            first = (int.from_bytes(rows[-1].hash, "big") + 1).to_bytes(len(_LAST), "big")

    def _execution_keys(self, execution: ExecutionView | str | Iterable[ExecutionView]) -> list[int]:
        if isinstance(execution, str):
            execution = self.execution(execution)
        many = [execution] if isinstance(execution, ExecutionView) else execution
        return [one._row.key for one in many]

    def _named(self, text: str, kind: Kind) -> View:
        return self._view(find(self.reader, text, {kind}))

    def _view(self, found: Candidate) -> View:
        key: Any = found.key
        if found.kind is Kind.EXECUTION:
            return ExecutionView(self, self.reader.execution_of_id(key))
        if found.kind is Kind.JOB:
            return JobView(self, self.reader.job(*key))
        if found.kind is Kind.CALL:
            return CallView(self, self.reader.call(key))
        if found.kind is Kind.TASK:
            return TaskView(self, self.reader.task(key))
        if found.kind is Kind.VALUE:
            return ValueView(self, self.reader.value(key))
        return self._newest([FileView(self, row) for row in file_versions(self.reader, key)])

    def _newest(self, versions: list[FileView]) -> FileView:
        if len(versions) == 1:
            return versions[0]

        def rank(file: FileView) -> tuple[bool, int]:
            made = [job._row.started for job in file.made_by]
            read = (job._row.started for use in file.downstream(50) for job in use.call.jobs[:1])
            return bool(made), max(made, default=None) or max(read, default=0)

        return max(versions, key=rank)

    def _value_of(self, thing: View) -> ValueView:
        if isinstance(thing, ValueView):
            return thing
        if isinstance(thing, (FileView, CallView)):
            return thing.value
        if isinstance(thing, JobView) and thing.call is not None:
            return thing.call.value
        raise RecordNotFoundError(f"{thing!r} has no value")
