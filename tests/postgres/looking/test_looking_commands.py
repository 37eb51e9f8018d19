"""Every command that looks says of a record in PostgreSQL what it says of the same record in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

# It is the database that matters here, not the Python.
pytestmark = pytest.mark.slow

Ask = Callable[..., str]

LISTS = [
    ["--exec"],
    ["--job"],
    ["--call-node"],
    ["--task"],
    ["--value"],
    ["--file"],
    ["--all"],
    ["--all", "--count"],
    ["--job", "--count"],
    ["--job", "-n", "3"],
    ["--job", "--exec-id", "-,~3"],
    ["--job", "--job-status", "FAILED"],
    ["--job", "--job-status", "FAILED,DONE", "--task-name", "grade"],
    ["--job", "--job-status", "CACHED,LOST,RUNNING", "--count"],
    ["--exec", "--job-status", "FAILED"],
    ["--exec", "--exec-status", "FAILED,RUNNING"],
    ["--exec", "--task-name", "observatory.send"],
    ["--job", "--task-name", "refine"],
    ["--exec", "--since", "2020-01-01", "--until", "2099-01-01"],
    ["--job", "--since", "1h", "--project", "atlas"],
    ["--job", "--between", "2020-01-01", "2020-01-02"],
    ["--exec", "--tag", "project=atlas"],
    ["--exec", "-t", "project", "-t", "n=1"],
    ["--job", "--tag", "plate"],
    ["--job", "--exec-tag", "n=1.0"],
    ["--value", "--tag", "quality=checked"],
    ["--task", "--tag", "team=optics"],
    ["--job", "--executor", "default", "--count"],
    ["--value", "--value-type", "int"],
    ["--value", "--value-type", "redun.File"],
    ["--value", "--value-type", "*.F*"],
    ["--file", "--file-path", "*picture*"],
    ["--user", "nobody"],
]
IDS = [
    "-",
    "~2",
    "~4",
    "~9",
    "-.1",
    "~2.1",
    "~3.1",
    "-.99",
    "refine",
    "observatory.study",
    "send",
    "f",
    "0",
    "nothing there",
]


def test_lists(ask: Ask) -> None:
    for words in LISTS:
        ask("log", *words, "--format", "json")
    for words in [[], *LISTS[:7]]:
        ask("log", *words)
        ask("log", *words, "--format", "csv")
        ask("log", *words, "--detail", "-n", "5")


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_ids_name(ask: Ask, form: str) -> None:
    for id_ in IDS:
        ask("log", id_, "--format", form)
    for id_ in ("-", "~2", "~2.4", "-.1", "refine"):
        ask("log", id_, "--output", "--format", form)
        ask("log", id_, "--downstream", "--format", form)
    for depth in ("0", "1", "9"):
        ask("log", "-", "--depth", depth)
    ask("log", "-", "--expand", "grade")


def test_everything_by_its_hash(ask: Ask, observatory: Path) -> None:
    """Whatever has a hash, whole or not."""
    with sqlite3.connect(observatory / "redun.db") as connection:
        names = {
            key.hex()
            for table in ("call_node", "value", "task")
            for (key,) in connection.execute(f"SELECT hash FROM {table}")
        }
    assert len(names) > 40
    for name in sorted(names)[::3]:
        ask("log", name[:6], "--format", "json")


def test_files(ask: Ask, observatory: Path) -> None:
    for path in (f"{observatory}/picture", f"{observatory}/picture.fine", f"{observatory}/*", "*", "no*"):
        ask("log", path)
        ask("log", path, "--downstream")
        ask("log", path, "--count")


@pytest.mark.parametrize("form", ["text", "json"])
def test_why_and_diff(ask: Ask, form: str) -> None:
    for job in ("-", "~2", "~3", "~4", "-.1", *(f"~2.{number}" for number in range(1, 9)), "~4.99"):
        ask("why", job, "--format", form)
    ask("why", "--last-run", "--format", form)
    for task in ("refine", "grade", "nothing"):
        ask("why", "~2", task, "--format", form)
    for old, new in (("~4", "~2"), ("~2", "-"), ("~4", "~3"), ("-", "-")):
        ask("diff", old, new, "--format", form)
        ask("diff", old, new, "--code", "--format", form)
        ask("diff", old, new, "--task", "refine", "--format", form)


def test_pages_and_pictures(ask: Ask, observatory: Path) -> None:
    for execution in ("~2", "~3"):
        assert "<html" in ask("report", execution, "-o", "-")
        for form in ("svg", "dot", "mmd"):
            ask("viz", execution, "-o", "-", "--format", form)
    for thing in (f"{observatory}/picture.fine", f"{observatory}/picture", "-.1"):
        ask("viz", thing, "-o", "-", "--format", "dot")
        ask("viz", thing, "-o", "-", "--format", "mmd", "--downstream")


def test_tags(ask: Ask) -> None:
    for words in (
        [],
        ["--values"],
        ["team"],
        ["project=atlas"],
        ["quality", "n"],
        ["n=1"],
        ["-n", "2"],
        ["plate"],
    ):
        for form in ("text", "json"):
            ask("tag", "list", *words, "--format", form)


def test_questions_in_python(ask: Ask) -> None:
    for code in (
        "[e.id for e in executions]",
        "[(j.id, j.task_name, j.status) for j in record.jobs()]",
        "list(record.jobs(status='FAILED', task='grade'))",
        "[v.hash for v in record.values]",
        "[f.path for f in record.files('*pic*')]",
        "[t.hash for t in record.tasks()]",
        "list(record.tags())",
        "list(record.tags('project'))",
        "list(record.upstream(last)), list(record.downstream('~4.2'))",
        "record.load('-.1')['total']",
        "session.query(Job).order_by(Job.execution_key, Job.number).all()",
        "[(j.id, j.ended, j.tags, j.arguments, j.call_node) for j in session.scalars(select(Job))]",
        "session.scalars(select(Value).where(Value.hash.startswith('0')).order_by(Value.hash)).all()",
        "session.query(func.count(Job.number)).group_by(Job.status).order_by(Job.status).all()",
        "session.query(Execution).filter(Execution.status == 'DONE').count()",
    ):
        assert ask("repl", "-c", code).strip() not in ("", "[]")


def test_tags_are_changed(ask: Ask) -> None:
    for words in (
        ["add", "-", "-.1", "refine", "--", "seen=[1, 2]", "by=ada"],
        ["add", "-", "by=ada", "by=bob"],
        ["list", "by", "--format", "json"],
        ["update", "-", "by=carl"],
        ["add", "~9", "by=nobody"],
        ["list", "--values"],
        ["rm", "-", "-.1", "refine", "--", "seen", "by"],
        ["list", "by"],
        ["rm", "nothing there", "by"],
    ):
        ask("tag", *words)


def test_texts_that_the_database_cannot_hold(ask: Ask) -> None:
    for text in ("a\0b", "a\udcffb", "\udcff*"):
        ask("log", text)
        ask("log", "--job", "--executor", text)
        ask("tag", "list", f"project={text}")
