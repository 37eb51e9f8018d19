"""`redun.query`: a person's questions to the record of real runs."""

from __future__ import annotations

import datetime
import os
import pickle
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from redun.errors import AmbiguousIdError, RecordNotFoundError, UnreadableValueError
from redun.query import Record, open_record
from redun.tags import ANY_VALUE


@pytest.fixture
def record(lab: Path) -> Iterator[Record]:
    with open_record(lab) as opened:
        yield opened


def test_it_is_opened_by_file_folder_url_or_where_one_is(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (lab / "src").mkdir(exist_ok=True)
    monkeypatch.chdir(lab / "src")
    monkeypatch.delenv("REDUN_CONFIG", raising=False)
    database = lab / ".redun" / "redun.db"
    for location in (None, lab, str(lab / ".redun"), database, f"sqlite:///{database}"):
        with open_record(location) as record:
            assert record.path == database
            assert record.executions().count() == 3


def test_no_record_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordNotFoundError, match=r"no record yet: .* a first `redun run` writes it"):
        open_record(tmp_path)


def test_executions_by_what_they_are_like(record: Record) -> None:
    again, send, study = record.executions()
    assert (again.task, send.task, study.status) == ("lab.study", "lab.send", "DONE")
    assert record.executions(status="failed").all() == [send]
    assert record.executions(task="refine").all() == [again, study]
    assert record.executions(tags={"project": "atlas"}).all() == [again, study]
    assert record.executions(tags=["project=mail"]).one() == send
    assert record.executions(project="mail").one().project == "mail"
    assert record.executions(since=study.started, until=send.started).all() == [study]
    assert (
        record.executions(since="1h").count() == record.executions(since=datetime.date.today()).count() == 3
    )
    assert record.executions(since=datetime.timedelta(0)).all() == []
    assert send.error == "ConnectionError: nobody takes 3 grades"
    assert again.counts()["lab.grade"] == {"CACHED": 3, "FAILED": 1}


def test_jobs_by_what_they_are_like(record: Record) -> None:
    study = record.executions()[2]
    assert {job.task for job in study.jobs(status=["failed"])} == {"lab.grade"}
    assert record.jobs(task="draw", status="CACHED").one().execution == record.execution("-")
    assert record.jobs(tags="plate=A7").count() == record.jobs(tags={"plate": ANY_VALUE}).count() == 2
    draw = study.jobs(task="draw").one()
    assert study.jobs(argument=draw.result).one().task == "lab.refine"
    assert study.jobs(result=draw.result.hash).one() == draw
    assert record.jobs(execution="~2", task="send").one().attempts[0].error.startswith("ConnectionError")
    assert record.jobs(execution=[study], execution_tags="project=mail").all() == []


def test_a_job_leads_to_everything_around_it(record: Record) -> None:
    refine = record.jobs(execution="~3", task="lab.refine").one()
    assert refine.parent is not None
    assert refine.parent.parent is None
    assert refine in refine.parent.children
    assert refine.arguments["file"].preview.startswith("File(path=")
    assert refine.result is not None
    assert refine.result.external
    assert refine.error is None
    assert refine.duration == refine.ended - refine.started
    assert refine.reason == "NEW"
    assert "refined.write" in refine.code.source
    assert refine.call.parents == [refine.parent.call]
    assert refine.parent.tags == {"plate": ["A7"]}
    assert record.jobs(task="draw")[0].tags == {"team": ["optics"]}
    assert record.job(refine.id) == refine
    assert [branch.depth for branch in refine.execution.tree()] == [
        0,
        *[1] * (refine.execution.jobs().count() - 1),
    ]


def test_a_failure_with_its_traceback_and_output(record: Record) -> None:
    failed = record.jobs(execution="~3", status="FAILED").one()
    assert failed.result is None
    assert failed.error.endswith("ValueError: sample 2 is broken")
    assert "in grade" in failed.error
    assert failed.output == {"stdout": "grading 2\n"}


def test_upstream_and_downstream(record: Record, lab: Path) -> None:
    made = record.file(f"{lab}/picture.fine")
    assert (made.written, made.read) == (True, False)
    assert [job.task for job in made.made_by] == ["lab.refine"]
    assert [source.task for source in made.upstream()] == ["lab.refine", "lab.draw", None]
    assert made.upstream()[-1].origin
    assert made.upstream()[0].sources.keys() == {"file"}
    used = record.downstream(f"{lab}/picture")
    assert [(use.depth, use.task, use.argument) for use in used] == [(1, "lab.refine", "file")]
    assert record.upstream("-")[0].value == record.execution("-").job.call.value
    assert record.files("*/picture*").count() == 2


def test_values_tags_and_tasks(record: Record) -> None:
    hashes = [value.hash for value in record.values]
    assert hashes == sorted(hashes)
    assert len(hashes) == len(set(hashes)) > 10
    whole = record.tags("quality").one()
    assert (whole.value, whole.entity) == ("checked", "value")
    assert whole.thing.type == "dict"
    assert {tag.key for tag in record.tags()} >= {"project", "quality", "plate", "team"}
    assert record.tags("plate", "A7")[0].thing.task == "lab.study"
    assert record.tags("plate", "B1").all() == []
    assert record.task("grade").parameters == ("sample",)
    assert [task.name for task in record.tasks("draw")] == ["lab.draw"]
    assert record.task("draw").tags == {"team": ["optics"]}


def test_ids_that_name_nothing_or_too_much(record: Record) -> None:
    with pytest.raises(RecordNotFoundError, match=r"no job in the record is called '-\.99'"):
        record.job("-.99")
    with pytest.raises(AmbiguousIdError, match="may be any of these"):
        record.value(Counter(value.hash[0] for value in record.values).most_common(1)[0][0])
    with pytest.raises(RecordNotFoundError, match="no task in the record is called 'nosuch'"):
        record.jobs(task="nosuch").first()
    with pytest.raises(ValueError, match="there is no state 'FALED', only RUNNING, DONE"):
        record.jobs(status="faled")
    with pytest.raises(ValueError, match="'lately' is no moment"):
        record.executions(since="lately")
    with pytest.raises(ValueError, match="neither a value of the record nor the 40 digits"):
        record.jobs(argument=3)
    with pytest.raises(RecordNotFoundError, match="nothing in the record fits"):
        record.jobs(tags="no=tag").one()
    with pytest.raises(ValueError, match="several"):
        record.executions().one()
    with pytest.raises(IndexError, match="there are no 4 answers"):
        record.executions()[3]


def test_answers_are_looked_up_as_they_are_taken(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    rows = record.reader.database.rows
    monkeypatch.setattr(
        record.reader.database, "rows", lambda sql, *given: asked.append(sql) or rows(sql, *given)
    )
    jobs = record.jobs()
    assert asked == []
    assert jobs.first() is not None
    some = len(asked)
    assert jobs.limit(2).count() == 2
    assert jobs.count() > 10
    assert len(asked) > some


def test_what_is_shown_first(record: Record) -> None:
    shown = repr(record.jobs()).splitlines()
    assert len(shown) == 11
    assert shown[-1] == "…"
    assert repr(record.executions(status="LOST" if False else "CANCELLED")) == "no ExecutionView"


def test_a_table_of_pandas(record: Record) -> None:
    pandas = pytest.importorskip("pandas")
    table = record.jobs().to_pandas()
    assert list(table.columns[:6]) == ["id", "execution_id", "number", "parent_number", "task", "status"]
    assert table.groupby("task").duration.max().dtype == "timedelta64[us]"
    assert table[table.status == "FAILED"].task.tolist() == ["lab.grade", "lab.send", "lab.grade"]
    empty = record.jobs(tags="no=tag").to_pandas()
    assert (empty.dtypes == table.dtypes).all()
    assert isinstance(empty, pandas.DataFrame)


def test_a_table_of_polars_and_of_arrow(record: Record) -> None:
    pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    frame, table = record.executions().to_polars(), record.executions().to_arrow()
    assert frame["status"].to_list() == table["status"].to_pylist() == ["DONE", "FAILED", "DONE"]
    assert record.executions(status="CANCELLED").to_polars().schema == frame.schema
    assert record.upstream("-").to_arrow()["name"].to_pylist()[0] == "result"


def test_no_library_of_tables_is_imported_unless_asked_for(lab: Path) -> None:
    code = (
        "import sys; from redun.query import open_record\n"
        f"print(open_record({str(lab)!r}).jobs().count())\n"
        "print({'pandas', 'polars', 'pyarrow', 'numpy', 'sqlalchemy'} & set(sys.modules))\n"
        "sys.modules['pandas'] = None\n"
        f"open_record({str(lab)!r}).jobs().to_pandas()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[1] == "set()"
    assert "a table of pandas needs it installed: pip install pandas" in done.stderr


def test_load_gives_the_value_back(record: Record) -> None:
    assert record.load(record.execution("-").job)["grades"] == ["good", "good", "unknown", "good"]
    assert record.load(record.jobs(task="draw").first().result).read() == "drawing"


def test_only_load_unpickles_and_a_payload_may_be_missing(lab: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> object:
            return (os.mkdir, (str(tmp_path / "sprung"),))

    copy = tmp_path / "redun.db"
    with sqlite3.connect(lab / ".redun" / "redun.db") as source, sqlite3.connect(copy) as target:
        source.backup(target)
        target.execute("UPDATE value SET blob = ? WHERE type <> 'str'", (pickle.dumps(Trap()),))
        target.execute("UPDATE value SET blob = NULL WHERE type = 'str'")
        target.execute("UPDATE value SET preview = ?", ("\x1b[2J\u202e",))
    with open_record(copy) as record:
        for job in record.jobs():
            assert repr([job, job.arguments, job.result, job.children.all(), job.error]).isprintable()
        shown = repr([record.values, record.upstream("-"), record.files(), record.tags()]).replace("\n", "")
        assert shown.isprintable()
        assert not (tmp_path / "sprung").exists()
        with pytest.raises(UnreadableValueError, match="cannot be read back: it could not be stored"):
            record.load(record.jobs(task="grade", status=["done", "cached"]).first())
        record.load(record.execution("-").job)
        assert (tmp_path / "sprung").exists()
