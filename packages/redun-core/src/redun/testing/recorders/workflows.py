"""Tests of whole workflows with a recorder.

Floor: composition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from redun import catch
from redun.config import Config
from redun.file import File
from redun.handle import Handle
from redun.host.host import Host
from redun.recorder.batch import ExecutionStatus, JobStatus, Reason
from redun.recorder.interface import Recorder
from redun.recorder.reader import Reader
from redun.recorder.reader_attempts import attempts_of_job
from redun.recorder.reader_output import output_of_job
from redun.session import Scheduler
from redun.task.decorator import task
from redun.testing.recorders.opening import Suite

__all__ = ["Workflows"]

redun_namespace = "redun.testing.recorders"

_LARGE = 3 << 20


class Desk(Handle):
    """A handle of nothing."""

    def __init__(self, name: str) -> None:
        self.instance = None


@task(version="1", tags=[("kind", "leaf")])
def square(number: int) -> int:
    """Return a square, and print what it is."""
    print(f"{number} squared")
    return number * number


@task(version="1")
def total(numbers: list[int]) -> int:
    """Return a sum."""
    return sum(numbers)


@task(version="1")
def large(byte: int) -> bytes:
    """Return many bytes."""
    return bytes([byte]) * _LARGE


@task(version="1")
def length(data: bytes) -> int:
    """Return how many bytes there are."""
    return len(data)


@task(version="1", retries=2, retry_delay=0)
def falter(place: str) -> str:
    """Fail the first time; what happened is known by a file."""
    file = Path(place) / "failed"
    if file.exists():
        return "recovered"
    file.touch()
    raise OSError("the first time it fails")


@task(version="1")
def fail(word: str) -> int:
    """Return a number, if the word is one."""
    return int(word)


@task(version="1")
def recover(error: Exception) -> str:
    """Return what went wrong."""
    return str(error)


@task(version="1")
def write(path: str, text: str) -> File:
    """Write a file."""
    file = File(path)
    file.write(text)
    return file


@task(version="1")
def count_words(file: File) -> int:
    """Return how many words a file has."""
    return len(str(file.read()).split())


@task(version="1")
def use(desk: Desk, number: int) -> Desk:
    """Change what a handle stands for."""
    return desk


@task(version="1")
def everything(place: str, numbers: list[int]) -> list[Any]:
    """Do a little of all that workflows do."""
    return [
        total([square(number) for number in numbers]),
        length(large(7)),
        falter(place),
        catch(fail("nine"), ValueError, recover),
        count_words(write(f"{place}/words", "three little words")),
        use(use(Desk("desk"), 1), 2),
    ]


class Workflows(Suite):
    """Whole workflows with a recorder."""

    @pytest.fixture
    def scheduler(
        self, recorder: Recorder, section: Mapping[str, Any], host: Host | None, folder: Path
    ) -> Iterator[Scheduler]:
        """Return a scheduler with the recorder."""
        config = Config({"backend": dict(section)}, configdir=folder)
        with Scheduler(config, recorder=recorder, host=host) as made:
            yield made

    def test_results_are_replayed(self, scheduler: Scheduler, reader: Reader, tmp_path: Path) -> None:
        expected = [30, _LARGE, "recovered", "invalid literal for int() with base 10: 'nine'", 3]
        for _ in range(2):
            *results, desk = scheduler.run(everything(str(tmp_path), [1, 2, 3, 4]))
            assert results == expected
            assert isinstance(desk, Desk)
        second, first = reader.executions()
        assert (first.status, second.status) == (ExecutionStatus.DONE,) * 2
        jobs = reader.jobs(first.key)
        counts = Counter(job.task.rpartition(".")[2] for job in jobs)
        assert (counts["square"], counts["use"], counts["large"], counts["recover"]) == (4, 2, 1, 1)
        ran = [job for job in reader.jobs(second.key) if job.status is not JobStatus.CACHED]
        # What failed is tried again, and so is all above it.
        assert {job.task.rpartition(".")[2] for job in ran} <= {"everything", "catch", "fail"}
        assert {job.status for job in jobs} == {JobStatus.DONE, JobStatus.FAILED}

    def test_what_is_recorded_of_jobs(self, scheduler: Scheduler, reader: Reader, tmp_path: Path) -> None:
        scheduler.run(falter(str(tmp_path)))
        scheduler.run(square(5))
        second, first = reader.executions()
        (job,) = reader.jobs(first.key)
        attempt, success = attempts_of_job(reader, job)
        assert "the first time it fails" in attempt.error
        assert success.error == ""
        (job,) = reader.jobs(second.key)
        assert job.reason is Reason.NEW
        assert [stream.text for stream in output_of_job(reader, job).streams] == ["5 squared\n"]
        assert job.call_hash is not None
        call = reader.call(job.call_hash)
        assert (reader.value(call.value_hash).preview, call.failed) == ("25", False)
        assert reader.tags("task", [job.task_hash]) == {job.task_hash: {"kind": ["leaf"]}}
        assert "return number * number" in reader.task(job.task_hash).source

    def test_a_failure_is_recorded_and_not_replayed(self, scheduler: Scheduler, reader: Reader) -> None:
        for _ in range(2):
            with pytest.raises(ValueError, match="'none'"):
                scheduler.run(fail("none"))
            execution = reader.executions(1)[0]
            assert execution.status is ExecutionStatus.FAILED
            assert "'none'" in str(execution.error)
            assert [job.status for job in reader.jobs(execution.key)] == [JobStatus.FAILED]

    def test_a_changed_file_is_noticed(self, scheduler: Scheduler, reader: Reader, tmp_path: Path) -> None:
        path = tmp_path / "words"
        for text, count in (("one two", 2), ("one two three", 3), ("one two", 2)):
            path.write_text(text)
            assert scheduler.run(count_words(File(str(path)))) == count
        statuses = [job.status for execution in reader.executions() for job in reader.jobs(execution.key)]
        assert statuses == [JobStatus.CACHED, JobStatus.DONE, JobStatus.DONE]

    def test_a_deep_and_wide_workflow(self, scheduler: Scheduler, reader: Reader) -> None:
        depth = 100
        for _ in range(2):
            assert scheduler.run(chain(depth)) == depth
        second, first = reader.executions()
        assert len(reader.jobs(first.key)) == 2 * depth + 1
        assert {job.status for job in reader.jobs(second.key)} == {JobStatus.CACHED}


@task(version="1")
def chain(depth: int) -> Any:
    """Return calls, one below the other."""
    return total([chain(depth - 1), 1]) if depth else 0
