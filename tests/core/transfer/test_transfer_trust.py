"""What comes from elsewhere serves the cache only if it is trusted."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, Secret, task
from redun.config import Config
from redun.errors import RecorderError
from redun.recorder.batch import Reason, ValueFlag
from redun.recorder.reader import open_reader
from redun.transfer.repository import export_records, import_records, open_source
from redun.transfer.selection import EVERYTHING, Roots
from redun.transfer.target import Received, Target

from tests.core.transfer.transfer_content import content, dangling, unmarked

pytestmark = pytest.mark.slow

redun_namespace = "transfer"
ran: list[str] = []
Pull = Callable[..., Received]
SIZE = 1_200_000
ALL = 5 + 4  # bodies that a first run runs: four plus one increases, main, large, fail, recover


def rows(path: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def test_a_trusted_pull_is_a_cache_hit(
    theirs: Path, ours: Path, pull: Pull, runner: Callable[..., int]
) -> None:
    received = pull(theirs, ours, trusted=True)
    assert received.new > 20
    assert content(ours) == content(theirs)
    assert not dangling(ours)
    # What failed, and what came of it, is never replayed.
    assert runner(ours, size=SIZE) <= 3
    # The one record of an execution that is here already is a tag, which may have come since.
    assert pull(theirs, ours, trusted=True).new == 0


def test_an_untrusted_pull_shows_and_does_not_replay(
    theirs: Path, ours: Path, pull: Pull, runner: Callable[..., int]
) -> None:
    pull(theirs, ours, trusted=False)
    assert unmarked(ours) == unmarked(theirs)
    assert not rows(ours, "SELECT 1 FROM value WHERE store IS NOT NULL OR (blob IS NOT NULL AND format <> 1)")
    assert not rows(ours, "SELECT 1 FROM evaluation")
    assert rows(ours, "SELECT repository FROM origin") == [("team",)]
    with open_reader(ours) as reader:
        (execution,) = reader.executions()
        assert len(reader.jobs(execution.key)) == len(rows(theirs, "SELECT 1 FROM job"))
    assert runner(ours, size=SIZE) == ALL
    # Now it is ours.
    assert not rows(
        ours,
        "SELECT 1 FROM foreign_call f JOIN job j ON j.call_hash = f.hash"
        " WHERE j.execution NOT IN (SELECT execution FROM origin)",
    )
    assert not rows(
        ours, "SELECT 1 FROM foreign_evaluation f JOIN evaluation e USING (eval_hash, value_hash)"
    )
    assert runner(ours, size=SIZE) <= 3


def test_a_stranger_s_file_is_not_taken_for_ours(
    theirs: Path, ours: Path, pull: Pull, runner: Callable[..., int]
) -> None:
    pull(theirs, ours, trusted=False)
    store = ours.parent / "values"
    assert [path.name for path in store.iterdir()] == ["foreign"]
    for path in store.rglob("*"):
        if path.is_file():
            path.write_bytes(b"something else")
    assert runner(ours, size=SIZE) == ALL
    assert runner(ours, size=SIZE) <= 3, "our own payloads are in files of their own"


def test_trust_may_come_later(theirs: Path, ours: Path, pull: Pull, runner: Callable[..., int]) -> None:
    pull(theirs, ours, trusted=False)
    assert pull(theirs, ours, trusted=True).new > 10
    assert content(ours) == content(theirs)
    assert not list((ours.parent / "values" / "foreign").rglob("??/*"))
    assert runner(ours, size=SIZE) <= 3


def test_what_a_repository_does_not_trust_it_passes_on_as_such(
    theirs: Path, ours: Path, tmp_path: Path, pull: Pull, runner: Callable[..., int]
) -> None:
    pull(theirs, ours, trusted=False)
    third = tmp_path / "third" / "redun.db"
    pull(ours, third, trusted=True)
    assert unmarked(third) == unmarked(theirs)
    assert runner(third, size=SIZE) == ALL


def test_one_execution_takes_all_that_belongs_to_it(
    theirs: Path, ours: Path, pull: Pull, runner: Callable[..., int]
) -> None:
    # The second replays the calls of the first: these must come along.
    runner(theirs, size=SIZE)
    keys = [key for (key,) in rows(theirs, "SELECT key FROM execution ORDER BY key")]
    pull(theirs, ours, Roots(executions=(keys[-1],)), trusted=True)
    assert len(rows(ours, "SELECT 1 FROM execution")) == 1
    assert not dangling(ours)
    assert runner(ours, size=SIZE) <= 3


def test_own_rows_stay_and_conflicts_are_told(
    theirs: Path, ours: Path, pull: Pull, runner: Callable[..., int]
) -> None:
    # `large` returns other bytes each time: the same key has another result.
    runner(ours, size=SIZE)
    own = rows(ours, "SELECT * FROM evaluation ORDER BY 1")
    received = pull(theirs, ours, trusted=True)
    assert received.conflicts == len(rows(ours, "SELECT 1 FROM foreign_evaluation"))
    assert set(rows(ours, "SELECT * FROM evaluation")) >= set(own)


def test_an_own_execution_is_not_another_s(theirs: Path, ours: Path, pull: Pull) -> None:
    pull(theirs, ours, trusted=True)
    with closing(sqlite3.connect(theirs)) as connection:
        connection.execute('UPDATE execution SET argv = \'["rm", "-rf"]\'')
        connection.execute("UPDATE execution SET status = 0")
        connection.commit()
    before = content(ours)
    with pytest.raises(
        RecorderError, match=r"theirs, record \d+: the record has another execution [0-9a-f]{32}"
    ):
        pull(theirs, ours, trusted=True)
    assert content(ours) == before


def test_jobs_are_not_added_to_an_own_execution(theirs: Path, ours: Path, pull: Pull, tmp_path: Path) -> None:
    pull(theirs, ours, trusted=True)
    with closing(sqlite3.connect(ours)) as connection:
        connection.execute("DELETE FROM origin")
        connection.commit()
    with closing(sqlite3.connect(theirs)) as connection:
        connection.execute(
            "INSERT INTO job SELECT execution, 99, parent, task, eval_hash, call_hash, status, reason, executor,"
            " started, duration FROM job WHERE number = 2"
        )
        connection.commit()
    with pytest.raises(RecorderError, match="was run here, and had no such job"):
        pull(theirs, ours, trusted=True)


def test_removed_tags_stay_away(theirs: Path, ours: Path, pull: Pull) -> None:
    pull(theirs, ours, trusted=False)
    stage = "SELECT entity FROM tag WHERE key = 'stage' ORDER BY 1"
    assert rows(ours, stage) == rows(theirs, stage) != []
    with closing(sqlite3.connect(ours)) as connection:
        connection.execute("INSERT INTO tag_removed SELECT *, 1 FROM tag WHERE key = 'stage'")
        connection.execute("DELETE FROM tag WHERE key = 'stage'")
        connection.commit()
    pull(theirs, ours, trusted=True)
    assert rows(ours, stage) == []
    # Their record learns of it from us, if it trusts us.
    pull(ours, theirs, trusted=False)
    assert rows(theirs, stage) != []
    pull(ours, theirs, trusted=True)
    assert rows(theirs, stage) == []


def test_strangers_do_not_tag_what_is_ours(
    theirs: Path, ours: Path, pull: Pull, runner: Callable[..., int]
) -> None:
    runner(ours)
    with closing(sqlite3.connect(ours)) as connection:
        identity = connection.execute("SELECT id FROM execution").fetchone()[0]
    pull(ours, theirs, trusted=True)
    with closing(sqlite3.connect(theirs)) as connection:
        connection.execute("INSERT INTO tag VALUES ('execution', ?, 'approved', 'true')", (identity,))
        connection.execute("INSERT INTO tag VALUES ('execution', ?, 'pinned', 'true')", (identity,))
        connection.commit()
    pull(theirs, ours, trusted=False)
    assert not rows(ours, "SELECT 1 FROM tag WHERE key IN ('approved', 'pinned')")
    pull(theirs, ours, trusted=True)
    assert rows(ours, "SELECT key FROM tag WHERE key IN ('approved', 'pinned')") == [("approved",)]


@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
def test_a_file_holds_all_of_it(
    theirs: Path, ours: Path, tmp_path: Path, name: str, runner: Callable[..., int]
) -> None:
    file = tmp_path / name
    source = open_source(theirs)
    written = export_records(source, EVERYTHING, file)
    source.database.close()
    assert (file.read_bytes()[:2] == b"\x1f\x8b") == name.endswith(".gz")
    for expected in (True, False):
        with Target(ours, "redun import", trusted=True) as target:
            received = import_records(file, target, mark=name)
        assert received.records == written.records
        assert bool(received.new) is expected
    assert content(ours) == content(theirs)
    assert rows(ours, "SELECT repository FROM origin") == [(name,)]
    assert runner(ours, size=SIZE) <= 3
    assert not list(ours.parent.glob("incoming-*"))


def test_a_running_execution_comes_as_far_as_it_got(
    recorded: Path, theirs: Path, ours: Path, pull: Pull, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(theirs)) as connection:
        connection.execute("UPDATE execution SET status = 0, ended = NULL, heartbeat = heartbeat - 1")
        connection.execute("DELETE FROM output WHERE number = 5")
        # A call that is not written yet, though its job says that it ended.
        for column, table in (("parent", "call_edge"), ("hash", "call_node")):
            root = "SELECT call_hash FROM job WHERE number = 1"
            connection.execute(f"DELETE FROM {table} WHERE {column} = ({root})")
        connection.commit()
    pull(theirs, ours, trusted=True)
    assert rows(ours, "SELECT status, call_hash FROM job WHERE number = 1") == [(0, None)]
    assert not dangling(ours)
    pull(recorded, ours, trusted=True)
    assert content(ours) == content(recorded)


@task(version="1")
def log_in(password: Secret[str], path: str) -> str:
    ran.append(path)
    return path


@task(version="1")
def upload(password: Secret[str]) -> list[str]:
    return [log_in(password, "reads"), log_in(password, f"{password}@lab")]


@pytest.mark.parametrize("trusted", [True, False])
def test_values_that_are_kept_secret_go_too(
    theirs: Path, ours: Path, tmp_path: Path, pull: Pull, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    monkeypatch.setenv("LAB_KEY", "5e" * 32)

    def run(path: Path) -> list[str]:
        ran.clear()
        config = {"backend": {"db_uri": f"sqlite:///{path}"}, "secrets": {"key_env": "LAB_KEY"}}
        scheduler = Scheduler(Config(config))
        try:
            scheduler.run(upload("correct-horse"))
        finally:
            scheduler.close()
        return sorted(ran)

    assert run(theirs) == ["correct-horse@lab", "reads"]
    # Its reason is that what was recorded is a secret.
    assert run(theirs) == ["correct-horse@lab"]
    secret = (
        f"SELECT hash, preview FROM value WHERE flags = {int(ValueFlag.SECRET)} AND blob IS NULL ORDER BY 1"
    )
    assert len(rows(theirs, secret)) >= 2
    source = open_source(theirs)
    export_records(source, EVERYTHING, tmp_path / "run.jsonl")
    source.database.close()
    assert "correct-horse" not in (tmp_path / "run.jsonl").read_text()
    with Target(tmp_path / "imported.db", "redun import", trusted=trusted) as target:
        import_records(tmp_path / "run.jsonl", target, mark="run.jsonl")
    pull(theirs, ours, trusted=trusted)
    for path in (ours, tmp_path / "imported.db"):
        assert rows(path, secret) == rows(theirs, secret)
        # What a call with a secret came to is replayed, unless it holds the secret itself.
        assert run(path) == (["correct-horse@lab"] if trusted else ["correct-horse@lab", "reads"])


def test_jobs_go_whatever_made_them_run(theirs: Path, ours: Path, pull: Pull) -> None:
    with closing(sqlite3.connect(theirs)) as connection, connection:
        (jobs,) = connection.execute("SELECT count(*) FROM job").fetchone()
        assert jobs >= len(Reason)
        connection.execute("UPDATE job SET reason = number % ?", [len(Reason)])
    pull(theirs, ours, trusted=True)
    assert rows(ours, "SELECT DISTINCT reason FROM job ORDER BY 1") == [(int(reason),) for reason in Reason]
