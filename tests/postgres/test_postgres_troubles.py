"""What a run does while its server is away, read-only or silent: it waits, says so, and loses nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.errors import ConfigError, RecorderError
from redun.recorder import patience
from redun_backend_postgres import watching
from services.postgres import PostgresServer
from services.wire import Wire, wire

redun_namespace = "postgres_troubles"


@task(version="1")
def double(x: int) -> int:
    return 2 * x


@task(version="1")
def doubles(first: int, last: int) -> list[int]:
    return [double(i) for i in range(first, last)]


@pytest.fixture
def line(postgres: PostgresServer) -> Iterator[Wire]:
    """What lies between the run and the server."""
    with wire(postgres.port) as made:
        yield made


@pytest.fixture
def scheduler(postgres: PostgresServer, record: str, line: Wire) -> Iterator[Scheduler]:
    """One whose connections go through `line`."""
    with Scheduler(Config({"backend": {"db_uri": through(postgres, record, line)}})) as made:
        yield made


def through(postgres: PostgresServer, url: str, line: Wire) -> str:
    # In the clear, for the line looks into what passes.
    return url.replace(f":{postgres.port}/", f":{line.port}/") + "?sslmode=disable"


def query(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(sql).fetchall()


def heard(caplog: pytest.LogCaptureFixture, words: str) -> None:
    """Wait until a message holds some words."""
    assert waited(lambda: words in caplog.text), caplog.text


def waited(condition: Callable[[], bool]) -> bool:
    done = threading.Event()
    for _ in range(1200):
        if condition():
            return True
        done.wait(0.05)
    return False


def recorded_jobs(url: str) -> object:
    return query(url, "SELECT count(*) FROM job j JOIN task t ON t.key = j.task WHERE t.name = 'double'")[0][
        0
    ]


def test_terminated_connections_are_made_anew(scheduler: Scheduler, record: str) -> None:
    for number in range(5):
        assert scheduler.run(doubles(10 * number, 10 * number + 10))[9] == 20 * number + 18
        assert terminate(record) >= 2
    assert scheduler.run(doubles(0, 50))[49] == 98
    assert query(record, "SELECT status, count(*) FROM execution GROUP BY status") == [(1, 6)]
    assert query(record, "SELECT count(*) FROM job WHERE status NOT IN (1, 2)") == [(0,)]


def test_a_commit_whose_answer_is_lost_is_made_once(scheduler: Scheduler, line: Wire, record: str) -> None:
    assert scheduler.run(double(1)) == 2
    # The command tag of the statement, in the answer.
    line.cut_at(b"COMMIT\0", times=4)
    assert scheduler.run(doubles(0, 20), tags=[("kind", "cut")])[19] == 38
    assert line.cuts == 4
    assert query(record, "SELECT status FROM execution") == [(1,), (1,)]
    assert recorded_jobs(record) == 21
    assert query(record, "SELECT value FROM tag WHERE key = 'kind'") == [('"cut"',)]


def test_a_run_waits_for_a_server_that_is_away_and_says_so(
    scheduler: Scheduler,
    line: Wire,
    record: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "_FIRST_NOTICE_S", 0.1)
    assert scheduler.run(double(1)) == 2
    line.refuse()
    line.cut()
    with caplog.at_level(logging.WARNING, "redun"):
        running = threading.Thread(target=scheduler.run, args=(doubles(0, 20),))
        running.start()
        heard(caplog, "which cannot be reached now")
        line.clear()
        running.join(60)
    assert not running.is_alive()
    assert "waiting for the database postgresql://" in caplog.text
    assert recorded_jobs(record) == 21


def test_patience_is_bounded(postgres: PostgresServer, record: str, line: Wire) -> None:
    url = through(postgres, record, line)
    options = {"db_uri": url, "db_retries": "2", "db_retries_backoff": "0.01"}
    with Scheduler(Config({"backend": options})) as scheduler:
        assert scheduler.run(double(1)) == 2
        line.refuse()
        line.cut()
        with pytest.raises(RecorderError, match=r"cannot be reached now .* trying again did not help"):
            scheduler.run(doubles(0, 20))
        line.clear()
        # What was not written is kept, and goes on when the server is back.
        assert scheduler.run(doubles(0, 20))[19] == 38
    with pytest.raises(ConfigError, match="option 'db_retries': 'many' is no number"):
        Scheduler(Config({"backend": {"db_uri": url, "db_retries": "many"}})).run(double(1))


def test_a_server_that_is_read_only_for_a_while(
    scheduler: Scheduler, record: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_FIRST_NOTICE_S", 0.1)
    assert scheduler.run(double(1)) == 2
    name = record.rpartition("/")[2]
    change(record, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    # Who is connected stays as it is.
    terminate(record)
    with caplog.at_level(logging.WARNING, "redun"):
        running = threading.Thread(target=scheduler.run, args=(doubles(0, 20),))
        running.start()
        heard(caplog, "read-only")
        change(
            record,
            "SET default_transaction_read_only = off",
            f"ALTER DATABASE {name} RESET default_transaction_read_only",
        )
        running.join(60)
    assert not running.is_alive()
    assert recorded_jobs(record) == 21


def change(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def terminate(url: str) -> int:
    """End all connections to a database at the server; return how many there were."""
    return len(
        query(
            url,
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
    )


@pytest.mark.parametrize("trouble", ["stall", "deafen"])
def test_an_answer_that_never_comes_is_not_waited_for(
    scheduler: Scheduler, line: Wire, record: str, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(watching, "SILENCE_S", 0.5)
    monkeypatch.setattr("redun_backend_postgres.opening.NETWORK", {"connect_timeout": "2"})
    assert scheduler.run(double(1)) == 2
    before = line.connections
    getattr(line, trouble)()
    running = threading.Thread(target=scheduler.run, args=(doubles(0, 20),))
    running.start()
    # Somebody asks through another connection, and later tries anew.
    assert waited(lambda: line.connections >= before + 2)
    line.cut()
    line.clear()
    running.join(60)
    assert not running.is_alive()
    assert recorded_jobs(record) == 21


def test_a_statement_that_waits_for_a_lock_is_waited_for(
    scheduler: Scheduler, record: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "SILENCE_S", 0.3)
    assert scheduler.run(double(1)) == 2
    with psycopg.connect(record) as holder, caplog.at_level(logging.WARNING, "redun"):
        holder.execute("LOCK TABLE evaluation IN EXCLUSIVE MODE")
        running = threading.Thread(target=scheduler.run, args=(doubles(0, 20),))
        running.start()
        heard(caplog, f"it waits for what other connections hold (processes [{holder.info.backend_pid}]")
        holder.rollback()
        running.join(60)
    assert not running.is_alive()
    assert recorded_jobs(record) == 21
