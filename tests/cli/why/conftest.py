"""A record of three executions, made once, and the commands that look at it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from redun import Scheduler, get_task_registry, task
from redun.config import Config
from redun_cli.diff.command import diff
from redun_cli.why.command import why

HOSTILE = "\x1b]0;owned\x07[bold]<script>\u202e"


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database: a first execution, one with other arguments and another version, and the same again."""
    path = tmp_path_factory.mktemp("record") / "redun.db"
    scheduler = Scheduler(Config({"backend": {"db_uri": f"sqlite:///{path}"}}))

    def run(version: str, names: list[str]) -> None:
        @task(namespace="shown", version=version)
        def align(name: str) -> str:
            return name.upper()

        @task(namespace="shown", version="1")
        def count(table: dict[str, int]) -> int:
            return sum(table.values())

        @task(namespace="shown", version="1")
        def main(names: list[str]) -> list[Any]:
            return [count(dict.fromkeys(names, 1)), *(align(name) for name in names)]

        scheduler.run(main(names), exec_argv=["redun", "run", "shown.py"])

    run("1", ["a", "b"])
    run("2", ["a", "b", HOSTILE])
    run("2", ["a", "b", HOSTILE])
    scheduler.close()
    registry = get_task_registry()
    for made in list(registry):
        if made.namespace == "shown":
            del registry._tasks[made.fullname]
    return path


@pytest.fixture
def ask(record: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run `redun why` or `redun diff` and return its output."""
    monkeypatch.setenv("TZ", "UTC")

    def run(command: str, *words: str) -> str:
        found = {"why": why, "diff": diff}[command]
        result = CliRunner().invoke(
            found, words, obj=SimpleNamespace(database=record), catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


@pytest.fixture
def documents(ask: Callable[..., str]) -> Callable[..., list[Any]]:
    """Run a command and return its JSON documents."""
    return lambda *words: [json.loads(line) for line in ask(*words, "--format", "json").splitlines()]


@pytest.fixture
def fails(record: Path) -> Callable[..., str]:
    """Run a command that must fail, and return its message."""

    def run(command: str, *words: str) -> str:
        found = {"why": why, "diff": diff}[command]
        result = CliRunner().invoke(found, words, obj=SimpleNamespace(database=record))
        assert result.exit_code != 0
        assert result.stdout == ""
        return result.stderr or str(result.exception)

    return run
