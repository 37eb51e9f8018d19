"""Records made by real executions, and ways to move them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from redun import Scheduler, catch, task
from redun.config import Config
from redun.transfer.repository import open_source, send
from redun.transfer.selection import EVERYTHING, Roots
from redun.transfer.target import Received, Target

redun_namespace = "transfer"
ran: list[object] = []


@task(version="1")
def increase(x: int) -> int:
    ran.append(x)
    print(f"increasing {x}")
    return x + 1


@task(version="1")
def large(size: int) -> bytes:
    ran.append(size)
    return os.urandom(1) * size


@task(version="1")
def fail() -> None:
    ran.append("fail")
    raise ValueError("no such reads")


@task(version="1")
def recover(error: ValueError) -> str:
    ran.append("recover")
    return str(error)


@task(version="1", tags=[("stage", "final")])
def main(count: int, size: int = 0) -> list[object]:
    ran.append("main")
    return [
        [increase(increase(x)) for x in range(count)],
        large(size),
        "a" * size,
        catch(fail(), ValueError, recover),
    ]


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of an execution with payloads in the value store; never written."""
    path = tmp_path_factory.mktemp("recorded") / "redun.db"
    run(path, size=1_200_000)
    return path


@pytest.fixture
def theirs(recorded: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(recorded.parent, tmp_path / "theirs")
    return tmp_path / "theirs" / "redun.db"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A record that is not there yet."""
    return tmp_path / "ours" / "redun.db"


def run(path: Path, count: int = 4, size: int = 0) -> int:
    """Run the workflow in a record; return how many bodies ran."""
    ran.clear()
    scheduler = Scheduler(Config({"backend": {"db_uri": f"sqlite:///{path}"}}))
    try:
        scheduler.run(main(count, size))
    finally:
        scheduler.close()
    return len(ran)


@pytest.fixture
def runner() -> Callable[..., int]:
    return run


@pytest.fixture
def pull() -> Callable[..., Received]:
    """Fetch records from one into the other."""

    def pulling(source: Path, target: Path, roots: Roots = EVERYTHING, *, trusted: bool) -> Received:
        opened = open_source(source)
        try:
            with Target(target, "redun pull", trusted=trusted) as getting:
                return send(opened, getting, roots, sender="theirs", mark="team").received
        finally:
            opened.database.close()

    return pulling
