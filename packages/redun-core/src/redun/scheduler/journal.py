"""What happens to jobs, as rows for the recorder.

Floor: scheduler. Rows are plain tuples in the column order of `recorder.batch`; nothing is written here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from redun.errors import ValueFailure
from redun.file.reference import Reference
from redun.hashing.keys import CHANCE, call_hash, task_set_hash
from redun.recorder.batch import Batch, JobStatus, Reason, TaskPart, ValueFlag, ValueFormat
from redun.recorder.ids import job_tag_id
from redun.scheduler.cells import FAILED
from redun.scheduler.failure import line_of
from redun.scheduler.sharing import SMALL
from redun.tags import encode_tags
from redun.value.external import is_external
from redun.value.names import type_name
from redun.value.nested import contains_lazy
from redun.value.preview import preview
from redun.value.seal import Sealed, seal, seal_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redun.executors.base import Completion
    from redun.recorder.interface import Recorder
    from redun.scheduler.cells import Job
    from redun.secrets.vault import Vault
    from redun.task.task import Task

__all__ = ["Journal"]

MAX_ERROR = 1000
"""Longest text kept of the error of an attempt that was followed by another."""

MAX_ROWS = 20_000
"""Jobs noted before a hand-over even while the scheduler is busy."""


LARGE = 1 << 14
"""Size in bytes from which an argument that was noted is remembered for the whole execution."""


class Journal:
    """Collects the rows of one execution.

    Parameters
    ----------
    recorder : Recorder
        Where batches go.
    execution : int
        The execution's local key.
    identity : bytes
        The execution's id.
    max_value_size : float
        Bytes of the largest value that may be recorded.

    Attributes
    ----------
    vault : Vault or None
        Knows the secrets, once there may be some.
    """

    def __init__(
        self, recorder: Recorder, execution: int, identity: bytes, max_value_size: float = inf
    ) -> None:
        self.max_value_size = max_value_size
        self.vault: Vault | None = None
        self._recorder = recorder
        self._execution = execution
        self._identity = identity
        self._batch = Batch()
        self._tasks: set[bytes] = set()
        self._task_sets: set[bytes] = set()
        self._arguments: set[bytes] = set()
        self._large_arguments: set[bytes] = set()

    def hand_over(self, *, force: bool = True) -> None:
        """Give what was noted to the recorder."""
        batch = self._batch
        if (force or len(batch.jobs) >= MAX_ROWS) and batch:
            self._batch = Batch()
            self._arguments.clear()
            if self.vault is not None:
                self.vault.screen(batch)
            self._recorder.write(batch)

    def settle(self) -> None:
        """Return when everything noted so far can be looked up."""
        self.hand_over()
        self._recorder.flush()

    def started(self, job: Job) -> None:
        """Note a job that is about to run, with its arguments and where they came from."""
        if not job.policy.recorded:
            return
        batch = self._batch
        key = job.eval_hash
        hashes = job.arg_hashes
        values = job.values
        assert hashes is not None
        assert values is not None
        for position, name in enumerate(job.names):
            value_hash = hashes[position]
            assert value_hash is not None
            batch.arguments.append((key, position, name, value_hash))
        for position in range(len(values)) if job.fresh is None else job.fresh:
            self._argument(values[position], hashes[position])
        if job.flows:
            batch.flows += [(key, position, source) for position, source in job.flows]
        self.state(job)

    def returned(self, job: Job, sealed: Sealed) -> None:
        """Note what the body of a job returned: its single reduction."""
        if not job.policy.recorded:
            return
        self.value(sealed)
        self._batch.evaluations.append((job.eval_hash, sealed.hash))
        if job.reason is Reason.UNREADABLE or job.reason is Reason.UNTRUSTED:
            self._batch.unreadable.append((sealed.hash,))

    def outputs(self, job: Job, outputs: Iterable[tuple[int, str, int]]) -> None:
        """Note what a job printed and logged."""
        if not job.policy.recorded:
            return
        place = self._execution, job.number
        self._batch.outputs += [(*place, int(stream), text, dropped) for stream, text, dropped in outputs]

    def reduced(self, job: Job, sealed: Sealed) -> None:
        """Note the final value of a job whose body returned something else."""
        if job.policy.recorded:
            self.value(sealed)

    def handles(self, states: list[tuple[bytes, str, str, int]], edges: list[tuple[bytes, bytes]]) -> None:
        """Note states of handles, and which came from which."""
        self._batch.handles += states
        self._batch.handle_edges += edges

    def value(self, sealed: Sealed) -> None:
        """Note a value, and the external ones inside."""
        batch = self._batch
        batch.values.append(
            (
                sealed.hash,
                sealed.type_name,
                sealed.size,
                sealed.preview,
                sealed.format,
                sealed.flags,
                sealed.payload,
            )
        )
        if sealed.flags and is_external(type(sealed.value)) and isinstance(sealed.value, Reference):
            batch.files.append((sealed.value.path, sealed.hash))
        for part in sealed.parts:
            self.value(part)
            batch.subvalues.append((sealed.hash, part.hash))

    def finished(self, job: Job, value_hash: bytes, *, known: bool, failed: bool = False) -> None:
        """Note the end of a job's call; gives the job its call hash and its set of tasks.

        Parameters
        ----------
        job : Job
        value_hash : bytes
            Of the final result, or of the error.
        known : bool
            The call is in the record already.
        failed : bool
            The call ended with an error.
        """
        batch = self._batch
        own = job.task.digest
        children = self._sum_up(job) if job.children else []
        if not job.policy.recorded:
            return
        used = job.tasks
        guards = [job.guard] if job.context_used else []
        if guards:
            # What the call comes to in another context is another call.
            used = frozenset((own, *(used or ()), *guards))
        if used is not None and CHANCE in used:
            guards.append(CHANCE)
        job.call_hash = call_hash(job.eval_hash, value_hash, [*children, *guards] if guards else children)
        if not known or used is not None:
            set_hash = self._task_set(used) if used is not None else None
            row = (job.call_hash, own, job.eval_hash, value_hash, set_hash, int(failed))
            batch.call_nodes.append(row)
            parent = job.call_hash
            batch.call_edges += [(parent, position, child) for position, child in enumerate(children)]
        self.state(job)

    def _sum_up(self, job: Job) -> list[bytes]:
        """Return the calls that a job made, and note on the job what was used in them."""
        calls: list[bytes] = []
        tasks = {job.task.digest, *(job.tasks or ())}
        ran = False
        for child in job.children or ():
            if child.context_used:
                job.context_used = True
            if child.state == FAILED and child.eval_hash:
                # Its failure was recovered from, or this call fails too.
                tasks.add(CHANCE)
            if child.call_hash is not None:
                calls.append(child.call_hash)
            elif child.policy.recorded or not child.eval_hash:
                # It never came to run.
                continue
            ran = True
            if child.tasks is None:
                tasks.add(child.task.digest)
            else:
                tasks |= child.tasks
        if ran:
            job.tasks = frozenset(tasks)
        return calls

    def failed(self, job: Job, error: BaseException, traceback: str) -> None:
        """Note the failure of a job."""
        if not job.policy.recorded:
            return
        redact = self.vault.text if self.vault is not None else None
        sealed = seal_error(error, traceback, redact)
        self.value(sealed)
        self.finished(job, sealed.hash, known=False, failed=True)

    def attempt(self, job: Job, number: int, completion: Completion) -> None:
        """Note how an attempt at a job ended that was retried, or is to be."""
        if not job.policy.recorded:
            return
        error = completion.error
        text = "" if error is None else line_of(error)[:MAX_ERROR]
        duration = max(0, completion.ended - completion.started) if completion.started else None
        row = (self._execution, job.number, number, text, completion.cause, completion.started, duration)
        self._batch.attempts.append(row)

    def unfolding(self, job: Job) -> None:
        """Note a replayed job whose result depends on calls that are recorded below it; it runs until they are done."""
        self.state(job, JobStatus.RUNNING)

    def state(self, job: Job, status: JobStatus | None = None) -> None:
        """Note a job's present state, or another one."""
        policy = job.policy
        if not policy.recorded:
            return
        self.task(job.task)
        if policy.tags is not None:
            self.tag_job(job, encode_tags(job.task.fullname, policy.tags))
        owner = job.owner
        executor = policy.executor
        self._batch.jobs[(self._execution, job.number)] = (
            owner.number if owner is not None else None,
            job.task.digest,
            job.eval_hash,
            job.call_hash,
            job.status if status is None else status,
            job.reason,
            None if executor == "default" or job.status is JobStatus.CACHED else executor,
            job.started,
            job.duration,
        )

    def task(self, task: Task[..., Any]) -> None:
        """Note a task version, once."""
        digest = task.digest
        if digest not in self._tasks:
            self._tasks.add(digest)
            parameters = json.dumps(list(task.signature.parameters))
            row = (digest, task.namespace, task.name, parameters, task.source, task.source_file, task.line)
            self._batch.tasks.append((*row, task.version))
            self._batch.task_parts.append((digest, partial(_parts_of, task)))
            tags = task.get_task_option("tags")
            # Lazy ones are those of a call.
            if tags and not contains_lazy(tags):
                self._tag("task", digest, encode_tags(task.fullname, tags))

    def tag_job(self, job: Job, tags: Sequence[tuple[str, str]]) -> None:
        """Note tags of a job, keys and JSON texts."""
        if not job.policy.recorded:
            return
        self._tag("job", job_tag_id(self._identity, job.number), tags)

    def tag_value(self, value: Any, tags: Sequence[tuple[str, str]]) -> None:
        """Note a value and its tags."""
        sealed = seal(value)
        if self.vault is not None:
            sealed = self.vault.screened(sealed)
        self.value(sealed)
        self._tag("value", sealed.hash, tags)

    def tag_execution(self, tags: Sequence[tuple[str, str]]) -> None:
        """Note tags of the execution."""
        self._tag("execution", self._identity, tags)

    def _tag(self, entity: str, identity: bytes, tags: Sequence[tuple[str, str]]) -> None:
        self._batch.tags += [(entity, identity, key, text) for key, text in tags]

    def _task_set(self, tasks: frozenset[bytes]) -> bytes:
        set_hash = task_set_hash(tasks)
        if set_hash not in self._task_sets:
            self._task_sets.add(set_hash)
            self._batch.task_sets += [(set_hash, digest) for digest in tasks]
        return set_hash

    def _argument(self, value: Any, value_hash: bytes | None) -> None:
        assert value_hash is not None
        hidden = self.vault.stand_in(value, value_hash) if self.vault is not None else None
        if hidden is not None:
            self.value(hidden)
            return
        if value.__class__ not in SMALL:
            # One value may be given to each of many calls.
            if value_hash in self._arguments or value_hash in self._large_arguments:
                return
            self._arguments.add(value_hash)
            if getattr(value.__class__, "__redun_unrecorded__", False):
                row = (value_hash, type_name(type(value)), 0, preview(value), 0, int(ValueFlag.SECRET), None)
                self._batch.values.append(row)
                return
        try:
            # Files that are given follow the world: only results hold on to what was seen of them.
            sealed = seal(value, pin=False, known=value_hash)
        except ValueFailure:
            sealed = None
        if sealed is None or sealed.size > self.max_value_size:
            # It has a hash and was passed on, so the call is fine; only a preview can be kept.
            kind = type_name(type(value))
            row = (value_hash, kind, 0, preview(value), ValueFormat.PICKLE, 0, None)
            self._batch.values.append(row)
            return
        if sealed.size >= LARGE:
            self._large_arguments.add(value_hash)
        self.value(sealed)


def _parts_of(task: Task[..., Any]) -> Sequence[TaskPart]:
    from redun.task.parts import task_parts

    try:
        return task_parts(task)
    except Exception:
        # It runs while rows are written, which must not fail for want of an explanation.
        return []
