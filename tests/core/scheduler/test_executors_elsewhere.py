"""What an executor that runs calls elsewhere is told, and what it tells of where they ran."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.executors.base import Completion, Inbox, Work
from redun.executors.equipment import Equipment
from redun.recorder.ids import job_tag_id
from redun.recorder.reader import open_reader
from redun.value.seal import seal


class Elsewhere:
    """Runs calls at once, and tells as much as one that runs them on another machine."""

    def __init__(self, name: str, options: Mapping[str, Any] | None = None) -> None:
        self.name = name
        self.equipment: Equipment | None = None
        self.ids: list[str] = []

    def equip(self, equipment: Equipment) -> None:
        self.equipment = equipment

    def start(self, inbox: Inbox) -> None:
        assert self.equipment is not None
        self.inbox = inbox

    def submit(self, works: Sequence[Work]) -> None:
        for work in works:
            self.ids.append(work.job_id)
            args, kwargs = work.arguments()
            tags = [("image_digest", "sha256:12"), ("peak_memory", 7)]
            try:
                sealed = seal(work.task.func(*args, **kwargs), call=work.eval_hash)
                self.inbox.put(Completion(work, sealed, tags=tags))
            except Exception as error:
                told: Any = error.with_traceback(None)
                told.__redun_traceback__ = '  File "/there/flow.py", line 3, in work\n'
                self.inbox.put(Completion(work, None, told, "error", tags=tags))

    def cancel(self) -> None:
        pass

    def stop(self, *, wait: bool = True) -> None:
        pass


@task(namespace="elsewhere", version="1", executor="elsewhere")
def half(x: int) -> float:
    return 1 / x


def config(tmp_path: Path) -> Config:
    settings = {"backend": {"db_uri": f"sqlite:///{tmp_path}/.redun/redun.db"}}
    return Config(settings, configdir=tmp_path / ".redun")


def test_executor_is_equipped_before_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    executor = Elsewhere("elsewhere")
    with Scheduler(config(tmp_path), executor=executor) as scheduler:
        assert scheduler.run(half(2)) == 0.5
    equipment = executor.equipment
    assert equipment is not None
    assert equipment.root == str(tmp_path)
    assert equipment.config is scheduler.config
    manifest = equipment.manifest()
    assert manifest["python"] == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_project_of_another_folder_is_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    monkeypatch.chdir(tmp_path / "own")
    executor = Elsewhere("elsewhere")
    settings = Config(configdir=tmp_path / "other" / ".redun")
    settings.read_dict({"backend": {"db_uri": f"sqlite:///{tmp_path}/redun.db"}})
    with Scheduler(settings, executor=executor) as scheduler:
        scheduler.run(half(2))
    assert executor.equipment is not None
    assert executor.equipment.root == str(tmp_path / "own")


@pytest.mark.parametrize("attempts", [1, 2])
def test_tags_of_where_it_ran_are_recorded(tmp_path: Path, attempts: int) -> None:
    executor = Elsewhere("elsewhere")
    with Scheduler(config(tmp_path), executor=executor) as scheduler:
        scheduler.run(half.options(retries=attempts - 1)(4))
    with open_reader(tmp_path / ".redun" / "redun.db") as reader:
        (execution,) = reader.executions(1)
        (full_id,) = executor.ids
        number = int(full_id.removeprefix(f"{execution.id.hex()}."))
        identity = job_tag_id(execution.id, number)
        assert reader.tags("job", [identity])[identity] == {"image_digest": ["sha256:12"], "peak_memory": [7]}


def test_traceback_of_another_process_stands_for_the_live_one(tmp_path: Path) -> None:
    with (
        Scheduler(config(tmp_path), executor=Elsewhere("elsewhere")) as scheduler,
        pytest.raises(ZeroDivisionError),
    ):
        scheduler.run(half(0))
    assert scheduler.failure is not None
    assert scheduler.failure.traceback == '  File "/there/flow.py", line 3, in work\n'
