"""The PostgreSQL recorder passes the suite for recorders."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from redun.recorder.schema import metadata
from redun.testing import RecorderConformance
from services.postgres import PostgresServer


@pytest.fixture(scope="module")
def shared_record(postgres: PostgresServer, tables: str) -> Iterator[str]:
    """A record for all tests: to empty it is far cheaper than to make one."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE conformance TEMPLATE {tables}")
        yield postgres.url("conformance")
        connection.execute("DROP DATABASE conformance WITH (FORCE)")


@pytest.mark.slow
class TestPostgresRecorder(RecorderConformance):
    @pytest.fixture
    def section(self, shared_record: str) -> dict[str, str]:
        with psycopg.connect(shared_record) as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(f'DELETE FROM "{table.name}"')
        return {"db_uri": shared_record}
