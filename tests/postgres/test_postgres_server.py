"""The server that the tests start stops and comes back, whatever the way, with its data."""

from __future__ import annotations

import signal
from pathlib import Path

import psycopg
import pytest
from services.postgres import postgres_server


@pytest.mark.slow
def test_server_comes_back_and_leaves_nothing() -> None:
    with postgres_server(max_connections="20") as server:
        for count, how in enumerate((signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)):
            with psycopg.connect(server.url(), autocommit=True) as connection:
                connection.execute(f"CREATE TABLE t{count} ()")
                server.restart(how)
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SHOW max_connections").fetchone() == ("20",)
            tables = connection.execute("SELECT relname FROM pg_class WHERE relname ~ '^t[0-9]$' ORDER BY 1")
            assert tables.fetchall() == [("t0",), ("t1",), ("t2",)]
        folder, pid = server.folder, server.pid
    assert not folder.exists()
    assert not Path(f"/proc/{pid}").exists()


def test_databases_are_empty_and_apart(database: str) -> None:
    with psycopg.connect(database) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchone() == (0,)
