"""The classes over the record's tables: they fit the schema, lead to each other, and cannot write."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import sqlalchemy
from redun.errors import DatabaseUnwritableError, RecordNotFoundError
from redun.query import models
from redun.query.orm import (
    CallNode,
    Execution,
    File,
    Job,
    ReadOnlySession,
    Tag,
    Task,
    Value,
    open_session,
)
from redun.recorder import schema
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import OperationalError


@pytest.mark.parametrize("table", schema.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_table_and_column_is_mapped(table: sqlalchemy.Table) -> None:
    mapped = models.Base.metadata.tables[table.name]
    assert list(mapped.columns.keys()) == list(table.columns.keys())
    assert mapped.primary_key.columns.keys() == table.primary_key.columns.keys()
    assert [column.nullable for column in mapped.columns] == [column.nullable for column in table.columns]


def test_no_table_is_mapped_that_is_not_there() -> None:
    assert set(models.Base.metadata.tables) == set(schema.metadata.tables)


def test_executions_lead_to_jobs_and_tags(session: ReadOnlySession) -> None:
    study, send, again = session.scalars(select(Execution).order_by(Execution.started)).all()
    assert [study.status, send.status, again.status] == ["DONE", "FAILED", "DONE"]
    assert [(tag.key, tag.value) for tag in study.tags] == [("project", "atlas")]
    assert send.error == "ConnectionError: nobody takes 3 grades"
    assert {job.task.name for job in study.jobs} == {"study", "draw", "refine", "grade", "give_up"}
    assert {job.status for job in again.jobs if job.task.name in ("draw", "refine")} == {"CACHED"}
    assert study.started.tzinfo is datetime.UTC
    assert study.duration is not None
    assert study.duration > datetime.timedelta(0)


def test_jobs_lead_up_down_and_to_what_they_did(session: ReadOnlySession) -> None:
    query = select(Job).join(Job.task).where(Task.fullname == "lab.refine", Job.status == "DONE")
    job = session.scalars(query).one()
    assert job.parent_job is not None
    assert job in job.parent_job.child_jobs
    assert job.id == f"{job.execution.id}.{job.number}"
    assert [(tag.key, tag.value) for tag in job.parent_job.tags] == [("plate", "A7")]
    assert [argument.name for argument in job.arguments] == ["file"]
    assert [call.task.name for call in job.arguments[0].upstream] == ["draw"]
    assert job.call_node is not None
    assert job.call_node in job.parent_job.call_node.children
    assert job.call_node.parents == [job.parent_job.call_node]
    assert job.call_node.value.files[0].path.endswith("picture.fine")
    assert job.ended == job.started + job.duration


def test_failures_are_found_by_name_of_their_state(session: ReadOnlySession) -> None:
    failed = session.scalars(select(Job).where(Job.status == "failed")).all()
    by_task = {job.task.name: job for job in failed}
    assert set(by_task) == {"grade", "send"}
    assert by_task["grade"].call_node.value.preview == "ValueError: sample 2 is broken"
    assert [output.text for output in by_task["grade"].outputs] == ["grading 2\n"]
    assert [attempt.error for attempt in by_task["send"].attempts] == [
        "ConnectionError: nobody takes 3 grades"
    ] * 2
    with pytest.raises(sqlalchemy.exc.StatementError, match="there is no 'FALED', only RUNNING, DONE"):
        session.scalars(select(Job).where(Job.status == "FALED")).all()


def test_ids_are_found_by_prefix_with_the_index(session: ReadOnlySession) -> None:
    value = session.scalars(select(Value).join(File)).first()
    assert value is not None
    found = select(Value).where(Value.hash.startswith(value.hash[:12].upper()))
    assert session.scalars(found).all() == [value]
    plan = session.execute(
        text(f"EXPLAIN QUERY PLAN {found.compile(compile_kwargs={'literal_binds': False})}"),
        {"hash_1": b"", "hash_2": b""},
    )
    assert "USING INDEX" in " ".join(str(row) for row in plan)
    with pytest.raises(ValueError, match="longer than an id of 40 digits"):
        Value.hash.startswith("a" * 41)


def test_times_durations_and_tags_compare_as_python_values(session: ReadOnlySession) -> None:
    began = session.scalars(select(func.min(Execution.started))).one()
    assert session.scalars(select(Execution).where(Execution.started < began.astimezone())).all() == []
    naive = datetime.datetime.fromtimestamp(began.timestamp() + 3600)
    assert len(session.scalars(select(Execution).where(Execution.started < naive)).all()) == 3
    assert session.scalars(select(Job).where(Job.duration > datetime.timedelta(hours=1))).all() == []
    assert session.scalars(select(Job).where(Job.ended > datetime.datetime.now(datetime.UTC))).all() == []
    tagged = select(Execution).join(Tag, Tag.id == Execution.id).where(Tag.value == "atlas")
    assert len(session.scalars(tagged).all()) == 2


def test_payloads_are_fetched_only_when_asked_for(session: ReadOnlySession) -> None:
    value = session.scalars(select(Value)).first()
    assert "blob" not in vars(value)
    assert isinstance(value.blob, bytes)


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.add(Tag(entity="job", id="00" * 20, key="a", value=1)),
        lambda session: session.delete(session.scalars(select(Job)).first()),
        lambda session: setattr(session.scalars(select(Execution)).first(), "host", "elsewhere"),
    ],
    ids=["add", "delete", "change"],
)
@pytest.mark.parametrize("end", ["flush", "commit"])
def test_a_changed_object_is_refused(session: ReadOnlySession, change: object, end: str) -> None:
    change(session)
    with pytest.raises(DatabaseUnwritableError, match="nothing can be written: `redun run` records"):
        getattr(session, end)()


@pytest.mark.parametrize(
    "statement",
    [
        insert(Tag).values(entity="job", id="00" * 20, key="a", value=1),
        update(Job).values(number=0),
        delete(Job),
    ],
    ids=["insert", "update", "delete"],
)
def test_a_statement_that_writes_is_refused(session: ReadOnlySession, statement: object) -> None:
    with pytest.raises(DatabaseUnwritableError, match="the record is only looked at here"):
        session.execute(statement)


def test_text_that_writes_is_refused_by_the_connection(session: ReadOnlySession) -> None:
    with pytest.raises(OperationalError, match="readonly database"):
        session.execute(text("DELETE FROM job"))


def test_a_record_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordNotFoundError, match=r"no record yet: .* a first `redun run` writes it"):
        open_session(tmp_path)


def test_queries_written_for_redun_0_44(lab: Path) -> None:
    from redun.backends.db import CallNode as OldCallNode
    from redun.backends.db import Execution as OldExecution
    from redun.backends.db import Job as OldJob
    from redun.backends.db import RedunBackendDb

    backend = RedunBackendDb(db_uri=f"sqlite:///{lab}/.redun/redun.db")
    backend.load()
    with backend.session as session:
        execution = session.query(OldExecution).order_by(OldExecution.updated_time).first()
        jobs = session.query(OldJob).filter(OldJob.execution_id == execution.id).order_by(OldJob.start_time)
        assert {job.task.fullname for job in jobs} == {
            "lab.study",
            "lab.draw",
            "lab.refine",
            "lab.grade",
            "lab.give_up",
        }
        assert execution.job.end_time is not None
        assert execution.job.task_hash == execution.job.task.hash
        calls = session.query(OldCallNode).filter(OldCallNode.task_name == "lab.draw")
        assert [call.value.value_hash for call in calls] == [calls[0].value_hash]
    assert OldCallNode is CallNode
