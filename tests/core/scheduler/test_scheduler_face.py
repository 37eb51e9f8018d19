"""The scheduler as workflows use it: what it takes, offers, refuses, and outlives."""

from __future__ import annotations

import logging
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
import redun
from redun import Scheduler, get_current_scheduler, set_current_scheduler, task
from redun.config import Config
from redun.errors import (
    ConfigError,
    DatabaseVersionError,
    NoCurrentScheduler,
    RecorderError,
    SchedulerError,
    UnknownProviderError,
)
from redun.executors.thread import ThreadExecutor
from redun.recorder.migrations import downgrade_any
from redun.recorder.revisions import REVISIONS
from redun.recorder.sqlite import SqliteRecorder
from sqlalchemy import create_engine


@task(namespace="face", version="1")
def add(a: int, b: int) -> int:
    return a + b


@task(namespace="face", version="1")
def divide(a: int, b: int) -> float:
    return a / b


def test_all_names_are_there() -> None:
    for name in redun.__all__:
        assert getattr(redun, name) is not None
    from redun.scheduler import apply_tags, get_current_scheduler, set_current_scheduler

    assert apply_tags is redun.apply_tags
    assert get_current_scheduler is redun.get_current_scheduler
    assert set_current_scheduler is redun.set_current_scheduler


def test_a_configuration_may_be_a_dict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Scheduler({"executors.narrow": {"type": "local", "max_workers": "1"}}) as scheduler:
        assert scheduler.run(add.options(executor="narrow")(1, 2)) == 3
    with Scheduler(Config({"scheduler": {"context": "{}"}})) as scheduler:
        assert scheduler.run(add(1, 2)) == 3
    # Neither names a place, so nothing is left behind.
    assert list(tmp_path.iterdir()) == []


def test_a_recorder_of_ones_own(tmp_path: Path) -> None:
    recorder = SqliteRecorder(tmp_path / "mine.db")
    scheduler = Scheduler(backend=recorder)
    scheduler.load()
    scheduler.run(add(1, 2), exec_argv=["me", "too"])
    scheduler.close()
    assert sqlite3.connect(tmp_path / "mine.db").execute("SELECT argv FROM execution").fetchall() == [
        ('["me", "too"]',)
    ]


def test_executors_by_name() -> None:
    first, second = ThreadExecutor("mine", {"max_workers": 1}), ThreadExecutor("mine", {"max_workers": 2})
    with Scheduler({"executors.other": {"type": "local"}}, executor=first) as scheduler:
        assert list(scheduler.executors) == ["default", "other", "mine"]
        assert scheduler.run(add.options(executor="mine")(1, 2)) == 3
        assert scheduler.executors["mine"] is first
        scheduler.add_executor(second)
        assert scheduler.executors["mine"] is second
        assert scheduler.run(add.options(executor="mine")(1, 3)) == 4
        assert len(scheduler.executors) == 3
        assert "none" not in scheduler.executors
        with pytest.raises(UnknownProviderError, match="executors configured here: default, mine, other"):
            scheduler.run(add.options(executor="none")(1, 4))
        assert scheduler.task_registry.get("face.add") is add


def test_arguments_may_be_positional(scheduler: Scheduler) -> None:
    assert scheduler.run(add(1, 2), ["argv"], False, True, [("a", 1)], {"b": 2}, "0" * 32) == 3


def test_an_execution_id_is_used_once(scheduler: Scheduler, witness: Any) -> None:
    for _ in range(2):
        scheduler.run(add(1, 2))
    scheduler.run(add(1, 2), execution_id="AAAAAAAA-aaaa-4aaa-aaaa-aaaaaaaaaaaa")
    assert witness.executions[-1].id == "aaaaaaaaaaaa4aaaaaaaaaaaaaaaaaaa"
    with pytest.raises(
        RecorderError, match=r"execution id a{12}4a{19} is used already: `redun log aaaaaaaa`"
    ):
        scheduler.run(add(1, 2), execution_id="aaaaaaaaaaaa4aaaaaaaaaaaaaaaaaaa")
    with pytest.raises(
        SchedulerError, match="An execution_id is 32 hex digits, with or without dashes, not 'mine'"
    ):
        scheduler.run(add(1, 2), execution_id="mine")
    assert scheduler.run(add(1, 2)) == 3


def test_it_works_after_failures(scheduler: Scheduler) -> None:
    for number in range(3):
        with pytest.raises(ZeroDivisionError) as caught:
            scheduler.run([add(number, 1), divide(number, 0), add(number, 2)])
        assert caught.value.redun_traceback is scheduler.failure
        assert scheduler.failure is not None
        assert scheduler.failure.frames[-1].task_name == "face.divide"
        assert scheduler.run(divide(number, 1)) == number
        assert scheduler.failure is None
    with Scheduler(use_task_traceback=False) as quiet:
        with pytest.raises(ZeroDivisionError) as caught:
            quiet.run(divide(1, 0))
        assert not hasattr(caught.value, "redun_traceback")


def test_the_current_scheduler(scheduler: Scheduler) -> None:
    seen: list[Any] = []

    class Observer:
        def execution_started(self, execution: Any) -> None:
            seen.append(get_current_scheduler())

        def execution_finished(self, execution: Any) -> None: ...
        def jobs(self, transitions: Any) -> None: ...

    assert get_current_scheduler(required=False) is None
    with pytest.raises(NoCurrentScheduler, match="No scheduler is running in this thread"):
        get_current_scheduler()
    scheduler.add_observer(Observer())
    with pytest.raises(ZeroDivisionError):
        scheduler.run(divide(1, 0))
    assert seen == [scheduler]
    other = Scheduler()
    set_current_scheduler(other)
    try:
        scheduler.run(add(1, 2))
        assert get_current_scheduler() is other
        elsewhere: list[Any] = []
        thread = threading.Thread(target=lambda: elsewhere.append(get_current_scheduler(required=False)))
        thread.start()
        thread.join()
        assert elsewhere == [None]
    finally:
        set_current_scheduler(None)
        other.close()


def test_a_scheduler_within_a_task(scheduler: Scheduler) -> None:
    @task(namespace="face", version="1")
    def nested(n: int) -> int:
        with Scheduler() as inner:
            return inner.run(add(n, 1)) if n == 0 else inner.run(nested(n - 1)) + 1

    assert scheduler.run([nested(2), add(1, 1)]) == [3, 2]


def test_the_interval_of_status_tables() -> None:
    config = {"scheduler": {"job_status_interval": "5"}}
    assert Scheduler().job_status_interval == 20
    assert Scheduler(config).job_status_interval == 5
    assert Scheduler(config, job_status_interval=0).job_status_interval == 0
    with pytest.raises(ConfigError, match="job_status_interval"):
        _ = Scheduler({"scheduler": {"job_status_interval": "often"}}).job_status_interval


@pytest.mark.usefixtures("no_other_tasks")
def test_a_logger_of_ones_own(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def execution_started(self, execution: Any) -> None:
            raise RuntimeError("observer")

    with Scheduler(logger=logging.getLogger("mine"), observers=[Broken()]) as scheduler:  # type: ignore[list-item]
        assert scheduler.run(add(1, 2)) == 3
    assert [record.name for record in caplog.records] == ["mine"]


def test_an_old_database_may_be_left_alone(tmp_path: Path) -> None:
    config = Config({"backend": {"db_uri": "sqlite:///redun.db"}}, configdir=tmp_path)
    Scheduler(config).load()
    connection = sqlite3.connect(tmp_path / "redun.db", isolation_level=None)
    connection.execute("UPDATE alembic_version SET version_num = '1.0'")
    connection.close()
    for scheduler in (Scheduler(config, migrate=False), Scheduler(config)):
        with pytest.raises(
            DatabaseVersionError,
            match=r"has schema 1\.0, .* `automigrate = false` \(or migrate=False\) forbids to change it",
        ):
            scheduler.load(migrate=False)


def test_the_configuration_may_say_so(tmp_path: Path) -> None:
    backend = {"db_uri": "sqlite:///redun.db"}
    Scheduler(Config({"backend": backend}, configdir=tmp_path)).load()
    engine = create_engine(f"sqlite:///{tmp_path / 'redun.db'}")
    with engine.begin() as connection:
        downgrade_any(connection, REVISIONS[-2])
    engine.dispose()
    config = Config({"backend": {**backend, "automigrate": "false"}}, configdir=tmp_path)
    with pytest.raises(DatabaseVersionError, match=r"`redun db upgrade` brings it to the present schema$"):
        Scheduler(config).load()
    Scheduler(config, migrate=True).load()
    Scheduler(config).load()


def test_run_makes_a_scheduler_from_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "redun.ini").write_text('[scheduler]\ncontext = {"a": 1}\n')
    expr = [redun.get_context("a"), redun.get_context("b")]
    assert redun.run(expr, config_dir=tmp_path, context={"b": 2}, tags=[("t", 1)]) == [1, 2]
    assert (tmp_path / "redun.db").exists()
