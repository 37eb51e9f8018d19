"""Conditions of `redun log`, alone and together, and what it says of those that make no sense."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redun.recorder.batch import ExecutionStatus
from redun.recorder.ids import job_tag_id
from redun_cli.log.command import log

Show = Callable[..., str]
HOUR = 3_600_000_000
FAILED = bytes.fromhex("aa" * 16)


@pytest.fixture
def history(example: Any, builder: Any, records: Any) -> Any:
    """The compile example, and an hour later an execution of another user that failed."""
    boom = builder.task("lab.boom", ["x"], "def boom(x): raise ValueError(x)")
    given = builder.value("{'secret': 1}", "builtins.dict")
    error = builder.value(
        "ValueError(1)", "builtins.ValueError", json_text='{"type": "ValueError", "message": "1"}'
    )
    root = builder.call(boom, {"x": given}, error, failed=True)
    builder.execution(
        root,
        ["run", "lab.py", "boom"],
        identity=FAILED,
        started=records.START + HOUR,
        status=ExecutionStatus.FAILED,
        tags={"user": "bob", "project": "lab", "season": "spring"},
    )
    builder.insert("tag", "job", job_tag_id(FAILED, 1), "plate", '"A7"')
    builder.insert("tag", "task", boom.hash, "team", '"optics"')
    builder.insert("tag", "value", given, "quality", '"poor"')
    builder.insert("tag", "call", root.hash, "checked", "true")
    example.boom, example.given, example.boom_call = boom, given, root
    return example


@pytest.fixture
def refused(builder: Any) -> Callable[..., str]:
    """Run `redun log` with some words that it refuses and return what it says."""

    def run(*words: str) -> str:
        builder.save()
        result: Result = CliRunner().invoke(log, words, obj=SimpleNamespace(database=builder.path))
        assert result.exit_code == 2
        return result.stderr.splitlines()[-1]

    return run


@pytest.mark.parametrize(
    "words",
    [
        ("--job", "--job-status", "FAILED"),
        ("--job-status", "failed,lost"),
        ("--job", "--exec-status", "FAILED"),
        ("--task-name", "boom"),
        ("--task-name", "lab.boom", "--job-status", "FAILED", "--user", "bob"),
        ("--job", "--exec-id", "aaaa"),
        ("aaaa", "--job"),
        ("aaaa", "--job-status", "FAILED"),
        ("-", "--executor", "default"),
        ("--job", "--user", "bob"),
        ("--job", "--project", "lab"),
        ("--job", "--exec-tag", "season"),
        ("--job", "-t", "plate=A7"),
        ("--job", "--since", "2025-10-09T09:30"),
        ("--job", "--between", "2025-10-09T09:30", "2025-10-09T10:30"),
    ],
)
def test_conditions_choose_jobs(history: Any, show: Show, words: tuple[str, ...]) -> None:
    lines = show(*words).splitlines()
    assert [line.split("(")[0].split()[-1] for line in lines] == ["lab.boom"]
    assert "(new)" in lines[0]
    assert lines[0].endswith("(plate=A7)")


def test_values_are_conditions_by_hash(history: Any, show: Show) -> None:
    assert show("--arg", history.given.hex()) == show("--job", "--exec-id", "-")
    made = history.calls["lib.c"].result.hex()
    assert [line.split()[1] for line in show("--result", made).splitlines()] == [
        f"3f9a2b1c.{history.numbers['lib.c']}"
    ]


def test_conditions_choose_executions(history: Any, show: Show) -> None:
    for words in (("--exec-status", "FAILED"), ("--tag", "season=spring"), ("--exec", "--task-name", "boom")):
        assert [line.split()[1] for line in show("--exec", *words).splitlines()] == ["aaaaaaaa"]
    assert show("--user", "ada").splitlines()[0] == "Recent executions:"
    assert show("--exec", "--until", "2025-10-09T09:30").split()[1] == "3f9a2b1c"


def test_every_kind_of_record_can_be_narrowed(history: Any, show: Show) -> None:
    assert show("aaaa", "--task").split()[2:] == ["lab.boom", "(team=optics)"]
    assert show("--task", "-t", "team=optics").split()[2] == "lab.boom"
    assert show("--value", "-t", "quality").split()[2] == "builtins.dict"
    assert show("--call-node", "-t", "checked=true").split()[2] == "lab.boom"
    assert len(show("aaaa", "--call-node").splitlines()) == 1
    assert {line.split()[2] for line in show("aaaa", "--value").splitlines()} == {
        "builtins.dict",
        "builtins.ValueError",
    }
    files = [line.split()[-1] for line in show("3f9a", "--file").splitlines()]
    assert sorted(files) == ["lib.c", "lib.o", "prog", "prog.c", "prog.o", "prog2", "prog2.c", "prog2.o"]
    assert show("--file", "--job-status", "DONE", "--file-path", "*.o").count("\n") == 3
    assert show("--value-type", "dict").count("builtins.dict") == 2
    assert show("--task", "--task-name", "demo.link") == show(
        "--task", "--task-hash", history.link.hash.hex()[:9]
    )


def test_counts(history: Any, show: Show) -> None:
    counts = dict(reversed(line.split()) for line in show("--count").splitlines())
    assert list(counts) == ["Execution", "Job", "CallNode", "Task", "Value", "File"]
    assert counts["Job"] == "9"
    assert show("--job", "--count", "--job-status", "FAILED") == "1 Job\n"
    assert show("--job", "--count", "-t", "plate") == "1 Job\n"
    assert show("aaaa", "--count", "--job", "--value") == "1 Job\n2 Value\n"
    assert json.loads(show("--count", "--exec", "--format", "json")) == {"kind": "Execution", "count": 2}


def test_details_of_each(history: Any, show: Show) -> None:
    text = show("--exec", "--detail")
    assert f"Exec {FAILED.hex()} [FAILED]" in text
    assert "Jobs: 8 (DONE: 8)" in text
    assert "demo.compile" not in text.partition("-" * 80)[2].partition("-" * 80)[2]
    text = show("--detail", "--job-status", "FAILED")
    assert text.startswith(f"Job {FAILED.hex()}.1 [FAILED]")
    assert "Traceback:" in text


def test_an_empty_list_says_so_beside_the_answer(history: Any, builder: Any) -> None:
    builder.save()
    words = ["--job", "--job-status", "LOST"]
    result = CliRunner().invoke(log, words, obj=SimpleNamespace(database=builder.path))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No job fits.\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--job-status", "WRONG"),
            "--job-status: 'WRONG' is none of RUNNING, DONE, CACHED, FAILED, CANCELLED, LOST",
        ),
        (("--exec-status", "CACHED"), "--exec-status: 'CACHED' is none of RUNNING, DONE"),
        (("--since", "soon"), "--since: 'soon' is no moment: write an age such as 2h"),
        (("--between", "today", "yesterday"), "--between: 'today' comes after 'yesterday'"),
        (
            ("--between", "2h", "1h", "--since", "3h"),
            "--between says both ends: leave --since and --until out",
        ),
        (("--tag", "=x"), "--tag: a tag is written KEY=VALUE, not '=x'"),
        (
            ("-.1", "--job-status", "DONE"),
            "--job-status chooses among the records of a list or of an execution",
        ),
        (("--output",), "--output needs the id of a job or of an execution"),
        (("--downstream",), "--downstream needs a file, value, call or job"),
        (("--depth", "2"), "--depth is about the tree of an execution"),
        (("--no-such",), "No such option"),
    ],
)
def test_what_makes_no_sense_is_refused(
    history: Any, refused: Callable[..., str], words: tuple[str, ...], message: str
) -> None:
    assert message in refused(*words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--exec-id", "beef"), "no execution in the record is called 'beef'"),
        (("--job", "--task-name", "nothing"), "no task in the record is called 'nothing'"),
        (("--result", "beef"), "no value in the record is called 'beef'"),
        (("--file-path", "*.zip"), "no file in the record matches '*.zip'"),
        (("beef", "--job"), "no job in the record is called 'beef'"),
        (("beef", "--job-status", "FAILED"), "value or file in the record is called 'beef'"),
    ],
)
def test_what_names_nothing_is_an_error(
    history: Any, fails: Callable[..., str], words: tuple[str, ...], message: str
) -> None:
    assert message in fails(*words)


def test_a_table_is_safe_to_open_in_a_spreadsheet(builder: Any) -> None:
    for preview in ("=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", 'a "b", c\nd'):
        builder.value(preview, "lab.Text")
    builder.save()
    words = ["--value-type", "lab.Text", "--format", "csv"]
    result = CliRunner().invoke(log, words, obj=SimpleNamespace(database=builder.path))
    text = result.stdout_bytes.decode()
    assert text.count("\r\n") == 7
    assert "\n" not in text.replace("\r\n", "")
    header, *rows = list(csv.reader(io.StringIO(text)))
    assert header == ["kind", "hash", "type", "size", "preview", "format", "tags"]
    assert {row[4] for row in rows} == {"'=cmd|' /C calc'!A0", "'+1", "'-1", "'@x", "'\\tx", 'a "b", c\\nd'}


def test_one_table_for_several_kinds(history: Any, show: Show) -> None:
    header, *rows = list(csv.DictReader(io.StringIO(show("--exec", "--task", "--format", "csv"))))
    assert [row["kind"] for row in (header, *rows)] == ["execution"] * 2 + ["task"] * 5
    assert json.loads(rows[-1]["tags"] or "{}") in ({}, {"team": ["optics"]})
    jobs = list(csv.DictReader(io.StringIO(show("3f9a", "--format", "csv"))))
    assert [row["kind"] for row in jobs] == ["job"] * 8
    assert json.loads(jobs[0]["arguments"])[0]["name"] == "files"


def test_a_table_has_a_column_for_each_entry_of_a_document(history: Any, show: Show) -> None:
    for kind in ("exec", "job", "call-node", "task", "value", "file"):
        words = (f"--{kind}", "-n", "1", "--format")
        document = json.loads(show(*words, "json"))
        assert list(document) == next(csv.reader([show(*words, "csv").splitlines()[0]])), kind
