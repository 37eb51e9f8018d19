"""Projects with a record in PostgreSQL, servers to be disturbed, and a wire to one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from services.postgres import PostgresServer, postgres_server
from services.wire import Wire, wire

from tests.postgres.faults.project import Project

MakeProject = Callable[..., Project]


@pytest.fixture
def make_project(tmp_path: Path) -> Iterator[MakeProject]:
    """Makes projects; what they started is ended."""
    projects: list[Project] = []

    def make(uri: str, database: str | None = None, **options: str) -> Project:
        folder = tmp_path / f"project-{len(projects)}"
        projects.append(Project(folder, uri, database or uri, options))
        return projects[-1]

    yield make
    for project in projects:
        for process in project.started:
            if process.poll() is None:
                process.kill()
                process.communicate()
        for pid in project.processes():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def project(make_project: MakeProject, record: str) -> Project:
    """A project with a database of the shared server."""
    return make_project(record)


@pytest.fixture(scope="session")
def troubled() -> Iterator[PostgresServer]:
    """A server that may be restarted."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def line(postgres: PostgresServer) -> Iterator[Wire]:
    """A wire to the shared server."""
    with wire(postgres.port) as strung:
        yield strung


@pytest.fixture
def distant(make_project: MakeProject, postgres: PostgresServer, line: Wire, record: str) -> Project:
    """A project that reaches the database over the wire."""
    return make_project(record.replace(f":{postgres.port}/", f":{line.port}/") + "?sslmode=disable", record)
