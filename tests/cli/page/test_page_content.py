"""What a report says is what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun.recorder.batch import ExecutionStatus, JobStatus
from redun.recorder.reader import open_reader

Page = Callable[..., Any]
Run = Callable[..., str]


def rows(table: Any) -> list[list[str]]:
    return [[cell.text() for cell in row.children if not isinstance(cell, str)] for row in table.all("tr")]


def test_an_execution_that_ran(laboratory: Any, page: Page) -> None:
    shown = page(laboratory.path, "~3")
    assert shown.one("h1").text() == "lab.main ✓ done"
    assert shown.one("head").one("title").text().startswith("lab.main · done · ")
    assert "redun run lab.py main --samples 'number 0'" in shown.one("header").text()
    assert "A first <b>look</b>" in shown.one("header").text()
    sections = [section.one("h2").text() for section in shown.all("section")]
    assert sections == [
        "Summary",
        "Tasks",
        "Timeline",
        "Jobs",
        "Calls",
        "Outputs",
        "Code",
        "Surroundings",
    ]
    links = [link.attributes["href"] for link in shown.one("nav").all("a")]
    assert links == [f"#{section.attributes['id']}" for section in shown.all("section")]
    facts = dict(rows(shown.one("section", id="summary").one("table")))
    assert facts["User"] == "ada"
    assert facts["Tags"] == "n=3"
    assert "13 done" in shown.one("section", id="summary").one("ul", class_="badges").text()


def test_the_table_of_tasks_counts_as_the_record_does(laboratory: Any, page: Page) -> None:
    for execution, back in (("~3", 2), ("~1", 0)):
        shown = rows(page(laboratory.path, execution).one("section", id="tasks").one("table"))
        head, counted = shown[0], shown[1:]
        with open_reader(laboratory.path) as reader:
            table = reader.status_table(reader.executions(1, back)[0].key)
        states = [status for status in JobStatus if status.name.capitalize() in head]
        assert set().union(*(row.counts for row in table)) <= set(states)
        for row in table:
            (line,) = [line for line in counted if line[0] == row.task]
            for status in states:
                assert line[head.index(status.name.capitalize())] == str(row.counts.get(status, 0))
            assert line[head.index("Jobs")] == str(row.total)


def test_what_the_cache_saved(laboratory: Any, page: Page) -> None:
    with open_reader(laboratory.path) as reader:
        first, second = reader.executions(2, 1)[1], reader.executions(2, 1)[0]
        took = sum(job.duration or 0 for job in reader.jobs(first.key))
        assert {job.status for job in reader.jobs(second.key)} == {JobStatus.CACHED}
    shown = page(laboratory.path, "~2")
    numbers = shown.one("dl", class_="numbers")
    named = dict(
        zip((e.text() for e in numbers.all("dt")), (e.text() for e in numbers.all("dd")), strict=True)
    )
    from redun_cli.page.amounts import span

    assert named["Saved by the cache"] == span(took)
    assert named["Computed"] == "0 µs"
    assert "everything was replayed from the cache" in shown.one("section", id="timeline").text()


def test_a_failed_execution(laboratory: Any, page: Page) -> None:
    shown = page(laboratory.path)
    assert shown.one("h1").text() == "lab.main ✗ failed"
    section = shown.one("section", id="failures")
    assert "1 job failed, and because of that 2 jobs above" in section.text()
    failure = section.one("article")
    assert failure.one("h3").text().startswith("✗ failed lab.check job")
    assert "s3 is in s3.bam" in failure.one("p", class_="error").text()
    assert ["wanted", "'s3'"] in rows(failure.one("table"))
    assert "lab.main 1 › lab.sample_of" in failure.one("p", class_="path").text()
    blocks = {
        block.one("summary").text(): block.one("pre").raw() for block in failure.all("details", class_="text")
    }
    assert 'raise ValueError(f"{wanted} is in' in blocks["Traceback"]
    assert blocks["stdout"] == "checking s3.bam"
    assert blocks["stderr"].startswith("careful: </script>")
    assert dict(rows(shown.one("section", id="summary").one("table")))["Code (git commit)"] == "1f" * 20


def test_the_tree_holds_every_job(laboratory: Any, page: Page) -> None:
    tree = page(laboratory.path, "~3").one("ul", id="tree")
    lines = tree.all("code", class_="call")
    assert len(lines) == 13
    root = tree.all("li")[0]
    assert root.all("summary")[0].text().startswith("✓ done lab.main(samples=['s1', 's2', 's3']")
    (below,) = [one for one in root.all("details")[0].children if getattr(one, "name", "") == "ul"]
    assert len([one for one in below.children if getattr(one, "name", "") == "li"]) == 3


def test_files_and_where_they_came_from(laboratory: Any, page: Page) -> None:
    outputs = page(laboratory.path, "~3").one("section", id="outputs")
    files = rows(outputs.one("table"))[1:]
    assert sorted((Path(line[0]).name, line[1]) for line in files) == sorted(
        (f"{sample}.{suffix}", task)
        for sample in ("s1", "s2", "s3")
        for suffix, task in (("trimmed", "lab.trim"), ("bam", "lab.align"))
    )
    assert {line[3] for line in files} == {"written"}
    story = next(
        details
        for details in outputs.all("details", class_="lineage")
        if "s1.bam" in details.all("summary")[0].text()
    )
    text = story.one("pre").raw()
    assert "lab.align(" in text
    assert "lab.trim(" in text
    assert "origin" in text
    assert story.one("svg", role="img").all("title")[0].text().endswith("s1.bam came from")
    kept = rows(page(laboratory.path, "~2").one("section", id="outputs").one("table"))[1:]
    assert {line[3] for line in kept} == {"kept"}


def test_calls_and_code(laboratory: Any, page: Page) -> None:
    shown = page(laboratory.path, "~3")
    calls = shown.one("section", id="calls")
    pairs = {
        item.all("summary")[0].all("code")[0].text(): [one.text() for one in item.all("dd")]
        for item in calls.one("ul", id="callers").all("li")
    }
    assert pairs["lab.main"] == ["nobody: the root", "lab.sample_of ×3"]
    assert pairs["lab.align"] == ["lab.sample_of ×3", "nothing"]
    assert "lab.sample_of to lab.trim (×3)" in calls.one("desc").text()
    assert "def trim(sample: str, folder: str) -> File:" in shown.one("section", id="code").raw()


def test_a_crashed_and_a_running_execution(builder: Any, records: Any, page: Page) -> None:
    inner, outer = builder.task("demo.inner", [], "def inner(): ..."), builder.task("demo.outer", [], "…")
    below = builder.call(inner, {}, builder.value("1"))
    root = builder.call(outer, {}, builder.value("2"), children=[below])
    for heartbeat, word in ((records.START + 5_000_000, "crashed"), (records.now_us(), "running")):
        builder.execution(
            root,
            ["run"],
            status=ExecutionStatus.RUNNING,
            statuses={root: JobStatus.RUNNING},
            heartbeat=heartbeat,
            started=heartbeat - 3_000_000,
        )
        builder.save()
        shown = page(builder.path)
        assert word in shown.one("h1").text()
        state = "lost" if word == "crashed" else "running"
        badges = shown.one("section", id="summary").one("ul", class_="badges").text()
        assert badges == f"✓ 1 done {'?' if state == 'lost' else '▸'} 1 {state}"
        sign = "last sign of life" if word == "crashed" else "still running when this page was written"
        assert sign in shown.one("section", id="summary").text()
        bars = shown.one("section", id="timeline").one("svg", class_="lanes").all("rect", class_=state)
        assert [bar.text().rpartition(" · ")[2] for bar in bars] == [state]
        assert "None was recorded" in shown.one("section", id="outputs").text()


def test_an_execution_without_jobs(builder: Any, page: Page) -> None:
    root = builder.call(builder.task("demo.main", [], "…"), {}, builder.value("1"))
    builder.execution(root, ["run"], status=ExecutionStatus.CANCELLED)
    builder.connection.execute("DELETE FROM job")
    builder.save()
    shown = page(builder.path)
    assert [section.one("h2").text() for section in shown.all("section")] == ["Summary", "Surroundings"]
    assert "No job was recorded." in shown.one("main").text()


def test_where_it_is_written(laboratory: Any, run: Run, refusal: Any, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    run(laboratory.path, "report", "-o", str(target))
    first = target.read_text()
    run(laboratory.path, "report", "~2", "-o", str(target))
    assert target.read_text() != first
    assert target.stat().st_mode & 0o777 == 0o666 & ~current_umask()
    target.write_text("my own page")
    message = refusal(laboratory.path, "report", "-o", str(target))
    assert message == (
        f"{target} exists and was not written by this command: choose another name, or replace it with --force"
    )
    assert target.read_text() == "my own page"
    run(laboratory.path, "report", "-o", str(target), "--force")
    assert target.read_text().startswith("<!DOCTYPE html>")
    message = refusal(laboratory.path, "report", "-o", str(tmp_path))
    assert message == f"cannot write {tmp_path}: it is a folder; name a file in it"
    message = refusal(laboratory.path, "report", "-o", str(tmp_path / "no" / "r.html"))
    assert message == f"cannot write {tmp_path / 'no' / 'r.html'}: there is no folder {tmp_path / 'no'}"
    assert {path.name for path in tmp_path.iterdir()} == {"report.html"}


def current_umask() -> int:
    import os

    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["report", "ffffff", "-o", "-"], "no execution in the record is called 'ffffff'"),
        (
            ["viz", "nothing.txt", "-o", "x.svg"],
            "no execution or job or call node or value or file in the record is called 'nothing.txt'",
        ),
        (
            ["viz", "-", "--downstream", "-o", "x.svg"],
            "'-' is an execution, of which all calls are drawn: --downstream is for a file, a value or a job",
        ),
    ],
)
def test_what_is_not_there(laboratory: Any, refusal: Any, words: list[str], message: str) -> None:
    assert refusal(laboratory.path, *words) == message
