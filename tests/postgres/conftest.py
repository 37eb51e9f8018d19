"""One PostgreSQL server for all tests of a session, and an empty database for each that wants one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from redun.recorder.migrations import upgrade_any
from services.postgres import PostgresServer, postgres_server
from sqlalchemy import create_engine

_numbers = count()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and nothing that the user's environment says of databases."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("PG", "REDUN_DB_"))]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server that all tests share: one that stops or changes it starts its own with `postgres_server`."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def superuser(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    """A connection for making and dropping databases."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def tables(postgres: PostgresServer, superuser: psycopg.Connection) -> str:
    """The name of a database that holds the tables and no row."""
    superuser.execute("CREATE DATABASE tables")
    make_tables(postgres.url("tables"))
    return "tables"


def make_tables(url: str) -> None:
    """Make the tables of a record in an empty database."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as bound:
        upgrade_any(bound)
    engine.dispose()


@pytest.fixture
def record(postgres: PostgresServer, superuser: psycopg.Connection, tables: str) -> Iterator[str]:
    """The URL of a record of its own, without any row."""
    yield from _database(postgres, superuser, f"TEMPLATE {tables}")


@pytest.fixture
def database(postgres: PostgresServer, superuser: psycopg.Connection) -> Iterator[str]:
    """The URL of a database without any table."""
    yield from _database(postgres, superuser)


def _database(postgres: PostgresServer, superuser: psycopg.Connection, options: str = "") -> Iterator[str]:
    name = f"test{next(_numbers)}"
    superuser.execute(f"CREATE DATABASE {name} {options}")
    yield postgres.url(name)
    superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")
