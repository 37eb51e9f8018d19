"""Where a value came from, and what was made of it.

Floor: recorder. Follows the recorded flow from results to arguments, never runs anything, never recurses, and stops at
values that it has met.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redun.recorder.batch import ValueFlag
from redun.recorder.lineage_frames import Frame, Frames
from redun.recorder.lineage_names import Namer
from redun.recorder.lineage_records import Derivation, Derived, Made, Passed, Step, Upstream
from redun.recorder.reader_files import producers
from redun.recorder.reader_records import ArgumentRecord, CallRecord, JobRecord, ValueRecord

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["newest_producer", "upstream"]

_LIMIT = 500
_CONTAINERS = frozenset({"list", "tuple", "dict", "set", "frozenset"})
_STAGING = ("StagingFile", "StagingDir")


def upstream(
    reader: Reader,
    value: ValueRecord,
    *,
    job: JobRecord | None = None,
    call: CallRecord | None = None,
    name: str = "result",
    limit: int = _LIMIT,
) -> Upstream:
    """Return the dataflow that led to a value, back to the origins.

    Parameters
    ----------
    reader : Reader
    value : ValueRecord
    job : JobRecord, optional
        The job whose result the value is.
    call : CallRecord, optional
        The call whose result the value is; without job and call, the newest call that made the value is taken.
    name : str, default "result"
        What to call the value.
    limit : int, default 500
        How many variables to follow at most.
    """
    frames = Frames(reader)
    if job is not None:
        start: Frame | None = frames.of_job(job)
    else:
        call = call or newest_producer(reader, value.hash)
        start = None if call is None else frames.of_call(call)
    return _Walk(frames, limit).run(name, value, start)


def newest_producer(reader: Reader, value_hash: bytes) -> CallRecord | None:
    """Return the call that made a value; the one that ran last, if several did."""
    newest: tuple[int, int, CallRecord] | None = None
    for call in producers(reader, value_hash):
        job = reader.job_that_ran(call.hash)
        direct = call.value_hash == value_hash
        rank = (int(direct), 0 if job is None else job.started)
        if newest is None or rank > newest[:2]:
            newest = (*rank, call)
    return Frames(reader).of_step(newest[2]) if newest else None


class _Variable:
    """A variable to explain: the result of a call, or the argument of one."""

    __slots__ = ("argument", "frame", "name", "value")

    def __init__(
        self, name: str, value: ValueRecord, frame: Frame | None, argument: ArgumentRecord | None
    ) -> None:
        self.name = name
        self.value = value
        self.frame = frame
        self.argument = argument


class _Walk:
    """One derivation: a work list of variables, named as they are met."""

    def __init__(self, frames: Frames, limit: int) -> None:
        self.frames = frames
        self.reader = frames.reader
        self.limit = limit
        self.namer = Namer()
        self.known: dict[object, str] = {}
        self.pending: list[_Variable] = []
        self.found: list[_Variable] = []
        self.truncated = False

    def run(self, name: str, value: ValueRecord, start: Frame | None) -> Upstream:
        key = ("start",) if start is None else ("call", self.frames.maker(start)[0].hash)
        self._variable(key, name, value, start, None)
        derivations: list[Derivation] = []
        while self.found or self.pending:
            # What a step finds is explained right after it, in the order in which it is mentioned.
            self.pending.extend(reversed(self.found))
            self.found.clear()
            if len(derivations) == self.limit:
                self.truncated = True
                break
            variable = self.pending.pop()
            derivations.append(Derivation(variable.name, variable.value, tuple(self._steps(variable))))
        return Upstream(tuple(derivations), self.truncated)

    def _steps(self, variable: _Variable) -> list[Step]:
        if variable.frame is None:
            return []
        if variable.argument is None:
            return [self._made(variable.frame)] if variable.frame.call is not None else []
        return self._came(variable.frame, variable.argument, variable.value)

    def _made(self, frame: Frame) -> Step:
        maker, parts = self.frames.maker(frame)
        if parts:
            return Derived(tuple(self._result(part) for part in parts[: self.limit]))
        arguments = tuple(self._argument(maker, argument) for argument in self.frames.arguments(maker))
        assert maker.call is not None
        return Made(maker.call, arguments)

    def _came(self, frame: Frame, argument: ArgumentRecord, value: ValueRecord) -> list[Step]:
        """Follow an argument up through the calls that merely handed it on, to the call or origin that supplied it."""
        steps: list[Step] = []
        sources = self._sources(frame, argument)
        above = frame.above
        files = self._files(value)
        external = bool(value.flags & ValueFlag.EXTERNAL)
        while not sources and above is not None:
            handed = self._handed(above, value, files)
            if handed is None:
                break
            parameters = tuple(parameter.name for parameter in self.frames.arguments(above))
            steps.append(Passed(above.hash, above.task, parameters, handed.name))
            sources = self._sources(above, handed)
            exact = [source for source in sources if source.call and source.call.value_hash == value.hash]
            sources = exact or sources
            value = handed.value
            above = above.above
        if not sources and external and files:
            # Files travel between runs by way of the disk: the code only names a path.
            call = newest_producer(self.reader, min(files))
            sources = [self.frames.of_call(call)] if call is not None else []
        if sources:
            steps.append(Derived(tuple(self._result(source) for source in sources)))
        return steps

    def _handed(self, frame: Frame, value: ValueRecord, files: set[bytes]) -> ArgumentRecord | None:
        """Return the argument of a call that is this value, or else the first one that holds its files."""
        arguments = self.frames.arguments(frame)
        for argument in arguments:
            if argument.value.hash == value.hash:
                return argument
        if files:
            for argument in arguments:
                if files.issubset((argument.value.hash, *self.reader.parts(argument.value.hash))):
                    return argument
        return None

    def _files(self, value: ValueRecord) -> set[bytes]:
        whole = value.flags & ValueFlag.EXTERNAL and value.type not in _CONTAINERS
        found = {value.hash} if whole else set(self.reader.parts(value.hash))
        for record in self.reader.values(found).values():
            if record.type.endswith(_STAGING):
                # What was handed around before is the file that is staged.
                found.remove(record.hash)
                found.update(self.reader.parts(record.hash))
        return found

    def _sources(self, frame: Frame, argument: ArgumentRecord) -> list[Frame]:
        hashes = self.reader.sources(frame.eval_hash, argument.position, self.limit)
        calls = self.reader.calls(hashes)
        order = self.frames.children(frame.above) if frame.above is not None else {}
        found = [calls[key] for key in hashes if key in calls]
        found.sort(key=lambda call: (order.get(call.hash, len(order)), call.hash))
        return [self.frames.of_source(call, frame) for call in found]

    def _result(self, frame: Frame) -> tuple[str, ValueRecord]:
        """Name the result of a call as the code around it does."""
        assert frame.call is not None
        named = self.frames.names(frame.above).result(frame.function) if frame.above is not None else None
        value = self.reader.value(frame.call.value_hash)
        key = ("call", self.frames.maker(frame)[0].hash)
        return self._variable(key, named or f"{frame.function}_result", value, frame, None), value

    def _argument(self, frame: Frame, argument: ArgumentRecord) -> tuple[str, ValueRecord]:
        """Name the argument of a call as the code that made the call does."""
        value = argument.value
        names = self.frames.names(frame.above) if frame.above is not None else None
        named = (
            names.argument(frame.function, argument.position, argument.name) if names is not None else None
        )
        sources = self._sources(frame, argument)
        if len(sources) == 1 and sources[0].call is not None and sources[0].call.value_hash == value.hash:
            source = sources[0]
            if named is None and source.above is not None:
                named = self.frames.names(source.above).result(source.function)
            key: tuple[object, ...] = ("call", self.frames.maker(source)[0].hash)
            return self._variable(key, named or argument.name, value, source, None), value
        above = frame.above if not sources else None
        handed = self._handed(above, value, self._files(value)) if above is not None else None
        if above is not None and handed is not None:
            # The same argument of the caller, handed to several calls, is one variable.
            key = ("handed", above.eval_hash, handed.position, value.hash)
        else:
            key = ("argument", frame.hash, argument.position)
        return self._variable(key, named or argument.name, value, frame, argument), value

    def _variable(
        self,
        key: Sequence[object],
        name: str,
        value: ValueRecord,
        frame: Frame | None,
        argument: ArgumentRecord | None,
    ) -> str:
        """Return the name of a variable; one met for the first time is put on the work list."""
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = self.namer.unique(name)
            self.found.append(_Variable(known, value, frame, argument))
        return known
