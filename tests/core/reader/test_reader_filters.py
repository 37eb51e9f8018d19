"""Filters find what looking at every record would, by way of indexes."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

import pytest
from redun.errors import RecordNotFoundError
from redun.recorder import reader_filter_sql as sql
from redun.recorder.batch import ExecutionStatus, JobStatus
from redun.recorder.ids import job_tag_id
from redun.recorder.reader import Reader
from redun.recorder.reader_conditions import job_conditions
from redun.recorder.reader_filters import Filter, filtered_executions, filtered_jobs
from redun.recorder.reader_records import ExecutionRecord, JobRecord
from redun.tags import ANY_VALUE

HOUR = 3_600_000_000
SECOND, THIRD, FOURTH = (bytes([number]) * 16 for number in (2, 3, 4))


@pytest.fixture
def history(example: Any, builder: Any, records: Any) -> Any:
    """The compile example, again from the cache, with a failure an hour later, and one that crashed."""
    start = records.START
    example.run("lib 1", SECOND, start + HOUR, cached=["make prog", "link prog"])
    boom = builder.task("lab.boom", ["x"], "def boom(x): raise ValueError(x)")
    error = builder.value("ValueError(1)", "builtins.ValueError")
    root = builder.call(boom, {"x": builder.value("1", "builtins.int")}, error, failed=True)
    key, _ = builder.execution(
        root,
        ["run", "lab.py", "boom"],
        identity=THIRD,
        started=start + 2 * HOUR,
        status=ExecutionStatus.FAILED,
        tags={"user": "bob", "project": "lab", "stage": "night"},
    )
    builder.insert("tag", "job", job_tag_id(THIRD, 1), "plate", json.dumps("A7"))
    wait = builder.task("lab.wait", [], "def wait(): ...")
    lost = builder.call(wait, {}, builder.value("None", "builtins.NoneType"))
    builder.execution(
        lost,
        ["run", "lab.py", "wait"],
        identity=FOURTH,
        started=start + 3 * HOUR,
        status=ExecutionStatus.RUNNING,
        statuses={lost: JobStatus.RUNNING},
        tags={"user": "bob"},
    )
    builder.save()
    example.boom = root
    example.boom_key = key
    return example


def _jobs(reader: Reader, **wanted: Any) -> list[str]:
    return [job.id for job in filtered_jobs(reader, Filter(**wanted))]


def _executions(reader: Reader, **wanted: Any) -> list[bytes]:
    return [execution.id for execution in filtered_executions(reader, Filter(**wanted))]


def _every(reader: Reader) -> list[tuple[ExecutionRecord, JobRecord]]:
    return [(execution, job) for execution in reader.executions() for job in reader.jobs(execution.key)]


@pytest.mark.parametrize("status", [*set(JobStatus) - {JobStatus.PENDING}], ids=lambda one: one.name)
def test_jobs_in_a_state_are_those_that_read_so(history: Any, reader: Reader, status: JobStatus) -> None:
    expected = [job.id for _, job in _every(reader) if job.status is status]
    assert _jobs(reader, status={status}) == expected
    assert bool(expected) == (status in {JobStatus.DONE, JobStatus.CACHED, JobStatus.FAILED, JobStatus.LOST})


def test_states_and_tasks_combine(history: Any, reader: Reader) -> None:
    wanted = {JobStatus.CACHED, JobStatus.FAILED}
    names = ("boom", "demo.link")
    expected = [
        job.id for _, job in _every(reader) if job.status in wanted and job.task.endswith(("boom", "link"))
    ]
    assert _jobs(reader, status=wanted, tasks=names) == expected
    assert len(expected) == 2
    assert _executions(reader, status=wanted, tasks=names) == [THIRD, SECOND]


def test_time_counts_for_what_is_listed(history: Any, reader: Reader, records: Any) -> None:
    since, until = records.START + HOUR, records.START + HOUR + 3_000
    assert _executions(reader, since=since, until=records.START + 2 * HOUR) == [SECOND]
    expected = [job.id for _, job in _every(reader) if since <= job.started < until]
    assert _jobs(reader, since=since, until=until) == expected
    assert len(expected) == 2


def test_tags_of_executions_and_of_jobs(history: Any, reader: Reader) -> None:
    assert _executions(reader, user="bob") == [FOURTH, THIRD]
    assert _executions(reader, user="bob", project="lab") == [THIRD]
    assert _executions(reader, tags=[("stage", ANY_VALUE)]) == [THIRD]
    assert _executions(reader, tags=[("stage", "day")]) == []
    assert _jobs(reader, execution_tags=[("stage", "night")]) == ["03030303.1"]
    assert _jobs(reader, tags=[("plate", "A7")]) == ["03030303.1"]
    assert _jobs(reader, tags=[("plate", "A7")], status={JobStatus.DONE}) == []
    assert _jobs(reader, tags=[("plate", "A7")], user="ada") == []


def test_jobs_are_passed_over_when_their_execution_does_not_fit(history: Any, reader: Reader) -> None:
    assert _jobs(reader, execution_status={ExecutionStatus.FAILED}) == ["03030303.1"]
    assert _jobs(reader, execution_status={ExecutionStatus.CRASHED}) == ["04040404.1"]
    assert _jobs(reader, executions=[history.boom_key]) == ["03030303.1"]


def test_jobs_by_result_and_by_argument(history: Any, reader: Reader) -> None:
    made = history.calls["lib.c"]
    expected = [job.id for _, job in _every(reader) if job.call_hash == made.hash]
    assert _jobs(reader, result=made.result) == expected
    source = reader.arguments([made.eval_hash])[made.eval_hash][0].value.hash
    assert _jobs(reader, argument=source) == expected
    assert len(expected) == 2
    boom = reader.arguments([history.boom.eval_hash])[history.boom.eval_hash][0].value.hash
    assert _jobs(reader, argument=boom) == ["03030303.1"]


def test_a_common_tag_is_checked_on_the_way(builder: Any, reader: Reader, records: Any) -> None:
    task = builder.task("lab.one", [], "def one(): ...")
    call = builder.call(task, {}, builder.value("1"))
    for number in range(1_203):
        tags = {"user": "ada", "parity": "odd" if number % 2 else "even"}
        builder.execution(call, ["run"], identity=number.to_bytes(16, "big"), started=number, tags=tags)
    builder.save()
    found = filtered_executions(reader, Filter(user="ada", tags=[("parity", "odd")]))
    assert [one.started for one in islice(found, 3)] == [1_201, 1_199, 1_197]
    assert sum(1 for _ in found) == 598


@pytest.mark.parametrize(
    "names", [{"tasks": ["nothing"]}, {"tasks": ["lab.compile"]}, {"task_hashes": ["0000", "x"]}]
)
def test_an_unknown_task_is_an_error_rather_than_an_empty_list(
    history: Any, reader: Reader, names: dict[str, list[str]]
) -> None:
    with pytest.raises(RecordNotFoundError, match="no task in the record"):
        _jobs(reader, **names)


def test_versions_of_a_task_are_told_apart_by_hash(history: Any, reader: Reader) -> None:
    link = history.link.hash.hex()
    assert _jobs(reader, task_hashes=[link[:10]]) == _jobs(reader, tasks=["link"])


@pytest.mark.parametrize("state", [ExecutionStatus.DONE, ExecutionStatus.CRASHED])
@pytest.mark.parametrize("status", [set(), {JobStatus.FAILED}, {JobStatus.CACHED, JobStatus.LOST}])
@pytest.mark.parametrize("tasks", [None, [1, 2]])
def test_every_combination_is_answered_by_a_key_or_an_index(
    history: Any, reader: Reader, state: ExecutionStatus, status: set[JobStatus], tasks: list[int] | None
) -> None:
    wanted = Filter(status=status, executor="default", result=b"r", argument=b"a")
    for condition in job_conditions(wanted, tasks, state):
        for question in (
            sql.jobs_if(condition.text),
            sql.executions_with_job(condition.text).format(ids="?, ?"),
        ):
            plan = _plan(reader, question)
            assert all(
                step.startswith(("SEARCH", "CORRELATED", "USE TEMP B-TREE FOR LAST")) for step in plan
            ), plan
            assert ("ix_job_" in " ".join(plan)) >= condition.indexed


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in sql.__all__
        if name.isupper() and "SELECT" in getattr(sql, name) and "EXISTS" not in getattr(sql, name)
    ],
)
def test_no_question_scans_or_sorts(history: Any, reader: Reader, name: str) -> None:
    plan = _plan(reader, getattr(sql, name).replace("{ids}", "?, ?"))
    assert all(re.match("SEARCH|CORRELATED SCALAR SUBQUERY", step) for step in plan), plan


def _plan(reader: Reader, question: str) -> list[str]:
    return [
        row[3] for row in reader.database.rows(f"EXPLAIN QUERY PLAN {question}", *([1] * question.count("?")))
    ]
