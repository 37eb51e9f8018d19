"""The calls that a derivation passes through, each with the call that made it.

Floor: recorder. One call may be made by many others, in this run and earlier ones. A derivation keeps to the parents
it came by, so that it tells one story instead of mixing all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from redun.recorder.lineage_names import CallNames
from redun.recorder.reader_records import ArgumentRecord, CallRecord, JobRecord

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["Frame", "Frames"]

STEP, STEP_RESULT = "redun.script", "redun.postprocess_script"
"""The calls that stand for a script as a whole, and that hand on what it made."""

# A call with more children than this is taken as the maker of what it returns.
_MOST_CHILDREN = 5_000


class Frame:
    """A call, finished or not, under one of the calls that made it."""

    __slots__ = ("above", "call", "eval_hash", "hash", "task", "task_hash")

    def __init__(self, record: CallRecord | JobRecord, call: CallRecord | None, above: Frame | None) -> None:
        self.call = call
        self.task = record.task
        self.task_hash = record.task_hash
        self.eval_hash = record.eval_hash
        self.hash = record.eval_hash if call is None else call.hash
        self.above = above

    @property
    def function(self) -> str:
        """The bare name of the task."""
        return self.task.rpartition(".")[2]

    def ancestors(self) -> Iterator[Frame]:
        """Yield the frames above, the nearest first."""
        frame = self.above
        while frame is not None:
            yield frame
            frame = frame.above


class Frames:
    """Finds frames, and remembers what was asked of the record."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._names: dict[bytes, CallNames] = {}
        self._children: dict[bytes, dict[bytes, int]] = {}
        self._arguments: dict[bytes, tuple[ArgumentRecord, ...]] = {}

    def of_job(self, job: JobRecord) -> Frame:
        """Return the frame of a job, under the frames of the jobs above it."""
        above: Frame | None = None
        path = [*self.reader.ancestors(job), job]
        calls = self.reader.calls(step.call_hash for step in path if step.call_hash is not None)
        for step in path:
            above = Frame(step, calls.get(step.call_hash or b""), above)
        assert above is not None
        return above

    def of_call(self, call: CallRecord) -> Frame:
        """Return the frame of a call where it last ran."""
        job = self.reader.job_that_ran(call.hash)
        return Frame(call, call, None) if job is None else self.of_job(job)

    def of_step(self, call: CallRecord) -> CallRecord:
        """Return the call of the script that a call hands on the result of, or the call itself."""
        if call.task != STEP_RESULT:
            return call
        above = self.of_call(call).above
        return call if above is None or above.task != STEP or above.call is None else above.call

    def of_source(self, call: CallRecord, user: Frame) -> Frame:
        """Return the frame of a call whose result `user` was given: made by one of the calls above it."""
        for frame in user.ancestors():
            if call.hash in self.children(frame):
                return Frame(call, call, frame)
        return self.of_call(call)

    def maker(self, frame: Frame) -> tuple[Frame, list[Frame]]:
        """Follow a call whose result is the result of a call that it made, down to the one whose body made it.

        Returns
        -------
        Frame
            The call that made the value.
        list of Frame
            The calls below whose results that call put together; empty when its own body returned the value.
        """
        if frame.task == STEP_RESULT and frame.above is not None and frame.above.task == STEP:
            frame = frame.above
        # A record that redun did not write may have calls that contain each other.
        seen = {frame.hash}
        while True:
            call = frame.call
            if frame.task == STEP:
                # Its inputs are told there; the calls below see only the text of a command.
                return frame, []
            if call is None or self.reader.reduction(call.eval_hash) == call.value_hash:
                return frame, []
            last = self._last_children(frame)
            same = [child for child in last if child.value_hash == call.value_hash]
            if not same:
                return frame, [Frame(child, child, frame) for child in last]
            if same[-1].hash in seen:
                return frame, []
            seen.add(same[-1].hash)
            frame = Frame(same[-1], same[-1], frame)

    def children(self, frame: Frame) -> dict[bytes, int]:
        """Return the hashes of the calls that a call made, with their positions."""
        if frame.call is None:
            return {}
        found = self._children.get(frame.hash)
        if found is None:
            edges = self.reader.edges([frame.hash], _MOST_CHILDREN).get(frame.hash, [])
            found = self._children[frame.hash] = {child: index for index, child in enumerate(edges)}
        return found

    def arguments(self, frame: Frame) -> tuple[ArgumentRecord, ...]:
        """Return the arguments of a call."""
        found = self._arguments.get(frame.eval_hash)
        if found is None:
            found = self.reader.arguments([frame.eval_hash]).get(frame.eval_hash, ())
            self._arguments[frame.eval_hash] = found
        return found

    def names(self, frame: Frame) -> CallNames:
        """Return the names that the source of a call's task uses."""
        found = self._names.get(frame.task_hash)
        if found is None:
            source = self.reader.task(frame.task_hash).source
            found = self._names[frame.task_hash] = CallNames(source)
        return found

    def _last_children(self, frame: Frame) -> list[CallRecord]:
        """Return the calls that a call made for its result, rather than for one another."""
        hashes = self.children(frame)
        if len(hashes) >= _MOST_CHILDREN:
            return []
        calls = self.reader.calls(hashes)
        used = self.reader.all_sources(call.eval_hash for call in calls.values())
        return [calls[key] for key in hashes if key in calls and key not in used and not calls[key].failed]
