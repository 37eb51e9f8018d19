from __future__ import annotations

import os
import socket
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest
from redun.errors import RecordNotFoundError
from redun.recorder.batch import ExecutionStatus, JobStatus
from redun.recorder.reader import Reader
from redun.recorder.reader_files import file_versions, files, producers


def test_executions_come_newest_first(example: Any, reader: Reader, records: ModuleType) -> None:
    for day in (1, 3, 2):
        example.run(f"lib {day}", bytes([day]) * 16, records.START + day * records.DAY)
    example.builder.save()
    assert [execution.id[0] for execution in reader.executions()] == [3, 2, 1, 0x3F]
    assert [execution.id[0] for execution in reader.executions(1, 1)] == [2]


def test_an_execution_is_described(example: Any, reader: Reader) -> None:
    execution = reader.execution(example.key)
    assert execution.argv == ("run", "make.py", "make")
    assert execution.status is ExecutionStatus.DONE
    assert reader.tags("execution", [execution.id]) == {execution.id: {"user": ["ada"]}}
    with pytest.raises(RecordNotFoundError):
        reader.execution(99)


def test_status_table_counts_jobs_by_task(example: Any, reader: Reader) -> None:
    table = {row.task: row.counts for row in reader.status_table(example.key)}
    done = JobStatus.DONE
    assert table == {
        "demo.compile": {done: 3},
        "demo.link": {done: 2},
        "demo.make": {done: 1},
        "demo.make_prog": {done: 2},
    }


def test_a_job_knows_its_arguments_and_ancestors(example: Any, reader: Reader) -> None:
    job = reader.job(example.key, example.numbers["link prog"])
    assert job.id == "3f9a2b1c.6"
    assert [above.task for above in reader.ancestors(job)] == ["demo.make", "demo.make_prog"]
    (arguments,) = reader.arguments([job.eval_hash]).values()
    assert [(argument.name, argument.value.preview) for argument in arguments] == [
        ("prog_path", "'prog'"),
        ("o_files", "[prog.o, lib.o]"),
    ]
    with pytest.raises(RecordNotFoundError, match="no job 99"):
        reader.job(example.key, 99)


def test_a_shared_call_has_both_parents(example: Any, reader: Reader) -> None:
    calls = example.calls
    parents = reader.parents(calls["lib.c"].hash)
    assert {call.hash for call in parents} == {calls["make prog"].hash, calls["make prog2"].hash}
    children = [call.hash for call in reader.children(calls["make prog2"].hash)]
    assert children == [calls["prog2.c"].hash, calls["lib.c"].hash, calls["link prog2"].hash]


def test_the_producer_of_a_file_is_the_call_whose_body_made_it(example: Any, reader: Reader) -> None:
    (prog,) = file_versions(reader, "prog")
    assert [call.hash for call in producers(reader, prog.value.hash)] == [example.calls["link prog"].hash]


def test_files_are_read_or_written(example: Any, reader: Reader) -> None:
    roles = {file.path: (file.read, file.written) for file in files(reader)}
    assert roles["lib.c"] == (True, False)
    assert roles["lib.o"] == (True, True)
    assert roles["prog"] == (False, True)
    assert list(roles) == sorted(roles)


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [("*.o", ["lib.o", "prog.o", "prog2.o"]), ("prog", ["prog"]), ("prog?.c", ["prog2.c"]), ("none*", [])],
)
def test_files_are_chosen_by_pattern(example: Any, reader: Reader, pattern: str, paths: list[str]) -> None:
    assert [file.path for file in files(reader, pattern)] == paths


def test_a_task_returning_its_argument_does_not_count_as_its_producer(builder: Any, reader: Reader) -> None:
    passing = builder.task("demo.same", ["file"], "def same(file): return file")
    file = builder.file("data", "content")
    call = builder.call(passing, {"file": file}, file)
    builder.execution(call, ["run"])
    builder.save()
    (found,) = file_versions(reader, "data")
    assert (found.read, found.written) == (True, False)


def _running(builder: Any, records: ModuleType, **options: Any) -> int:
    task = builder.task("demo.wait", [], "def wait(): ...")
    call = builder.call(task, {}, builder.value("None"))
    statuses = {call: JobStatus.RUNNING}
    key, _ = builder.execution(call, ["run"], status=ExecutionStatus.RUNNING, statuses=statuses, **options)
    builder.save()
    return int(key)


def test_a_beating_execution_is_running(builder: Any, reader: Reader, records: ModuleType) -> None:
    key = _running(builder, records, heartbeat=records.now_us())
    assert reader.execution(key).status is ExecutionStatus.RUNNING
    assert [job.status for job in reader.jobs(key)] == [JobStatus.RUNNING]


def test_a_silent_execution_has_crashed_and_its_jobs_are_lost(
    builder: Any, reader: Reader, records: ModuleType
) -> None:
    key = _running(builder, records, heartbeat=records.now_us() - 3_600_000_000)
    assert reader.execution(key).status is ExecutionStatus.CRASHED
    assert [job.status for job in reader.jobs(key)] == [JobStatus.LOST]
    (row,) = reader.status_table(key)
    assert row.counts == {JobStatus.LOST: 1}


def test_a_dead_process_of_this_host_has_crashed_at_once(
    builder: Any, reader: Reader, records: ModuleType
) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    here = {"heartbeat": records.now_us(), "host": socket.gethostname()}
    dead = _running(builder, records, pid=process.pid, **here)
    alive = _running(builder, records, pid=os.getpid(), **here)
    assert reader.execution(dead).status is ExecutionStatus.CRASHED
    assert reader.execution(alive).status is ExecutionStatus.RUNNING


def test_an_execution_that_is_gone_meanwhile_is_said_to_be(example: Any, reader: Reader) -> None:
    with pytest.raises(RecordNotFoundError, match="no execution has the id 0123"):
        reader.execution_of_id(bytes.fromhex("0123" * 8))
