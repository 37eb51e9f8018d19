"""A record of real runs, made once: a laboratory with files, failures, tags, output and a changed task."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redun import File, Scheduler, apply_tags, catch, task
from redun.config import Config
from redun.query.orm import ReadOnlySession, open_session


@task(namespace="lab", tags=[("team", "optics")])
def draw(path: str) -> File:
    file = File(path)
    file.write("drawing")
    return file


@task(namespace="lab")
def refine(file: File) -> File:
    refined = File(f"{file.path}.fine")
    refined.write(file.read() + ", refined")
    return refined


@task(namespace="lab")
def grade(sample: int) -> str:
    print("grading", sample)
    if sample == 2:
        raise ValueError(f"sample {sample} is broken")
    return "good"


@task(namespace="lab")
def give_up(error: Exception) -> str:
    return "unknown"


@task(namespace="lab")
def study(folder: str, samples: int) -> dict[str, Any]:
    grades = [catch(grade(i), ValueError, give_up) for i in range(samples)]
    result = {"picture": refine(draw(f"{folder}/picture")), "grades": grades}
    return apply_tags(result, tags=[("quality", "checked")], job_tags=[("plate", "A7")])


@task(namespace="lab", retries=1)
def send(count: int) -> int:
    raise ConnectionError(f"nobody takes {count} grades")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's folder with three executions in its record: study, send, which fails, and study again, replayed."""
    folder = tmp_path_factory.mktemp("lab")
    config = Config({"backend": {"db_uri": f"sqlite:///{folder}/.redun/redun.db"}})
    expression = study(str(folder), 4)
    with Scheduler(config) as scheduler:
        scheduler.run(expression, tags=[("project", "atlas")])
        with pytest.raises(ConnectionError):
            scheduler.run(send(3), tags=[("project", "mail")])
        scheduler.run(study(str(folder), 4), tags=[("project", "atlas")])
    return folder


@pytest.fixture
def session(lab: Path) -> Iterator[ReadOnlySession]:
    with open_session(lab) as opened:
        yield opened
