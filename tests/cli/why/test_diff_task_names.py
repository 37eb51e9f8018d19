"""Which task `redun diff --task` means where several have one name."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from click.testing import CliRunner, Result
from redun import Scheduler, get_task_registry, task
from redun.config import Config
from redun_cli.diff.command import diff


def test_a_name_that_several_tasks_have(tmp_path: Path) -> None:
    path = tmp_path / "redun.db"
    scheduler = Scheduler(Config({"backend": {"db_uri": f"sqlite:///{path}"}}))

    @task(namespace="left", name="alike", version="1")
    def left(x: int) -> int:
        return x

    @task(namespace="right", name="alike", version="1")
    def right(x: int) -> int:
        return x

    @task(name="lone", version="1")
    def lone(x: int) -> int:
        return x

    @task(namespace="a", name="lone", version="1")
    def qualified(x: int) -> list[int]:
        return [left(x), right(x), lone(x)]

    for number in (1, 2):
        scheduler.run(qualified(number))
    scheduler.close()
    for made in (left, right, lone, qualified):
        del get_task_registry()._tasks[made.fullname]

    def ask(name: str) -> Result:
        return CliRunner().invoke(diff, ["~2", "-", "--task", name], obj=SimpleNamespace(database=path))

    several = str(ask("alike").exception)
    assert several == "'alike' may be any of these tasks; say its full name: left.alike, right.alike"
    shown = ask("right.alike").stdout
    assert "right.alike: 1 jobs" in shown
    assert "left" not in shown
    shown = ask("lone").stdout
    assert "\nlone: 1 jobs" in shown
    assert "a.lone: " not in shown
