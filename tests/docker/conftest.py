"""Real engines, a worker's environment, and projects whose tasks run in containers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler
from redun.config import Config
from services.engine import Engine, docker_engine, podman_engine
from services.venv import worker_venv

MAKERS = {"docker": docker_engine, "podman": podman_engine}


@pytest.fixture(scope="session")
def engines() -> Iterator[Callable[[str], Engine]]:
    """Start each engine once, when it is first asked for."""
    from contextlib import ExitStack

    started: dict[str, Engine] = {}
    with ExitStack() as stack:

        def start(kind: str) -> Engine:
            if kind not in started:
                started[kind] = stack.enter_context(MAKERS[kind]())
            return started[kind]

        yield start


@pytest.fixture
def engine(engines: Callable[[str], Engine], request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Docker, or what a test's parameter says; after each test it must have no container left."""
    found = engines(getattr(request, "param", "docker"))
    yield found
    # Those that were ended with a run are removed behind its back.
    deadline = time.monotonic() + 15
    while (left := containers_of(found)) and time.monotonic() < deadline:
        time.sleep(0.1)
    found.remove_containers()
    assert left == []


@pytest.fixture(scope="session")
def worker() -> Path:
    """Return an environment with redun-core alone."""
    return worker_venv("redun-core")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a project, the current one."""
    folder = tmp_path / "project"
    (folder / ".redun").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def section(engine: Engine) -> dict[str, Any]:
    """Return the section of an executor for script tasks, whose image needs no Python."""
    return {"type": "docker", "image": engine.plain_image, "docker_host": engine.host, "network": "none"}


@pytest.fixture
def python_section(section: dict[str, Any], engine: Engine, worker: Path) -> dict[str, Any]:
    """Return the section of an executor for tasks."""
    return section | {
        "image": engine.image,
        "python": str(worker / "bin" / "python"),
        "volumes": json.dumps([[str(worker), str(worker), "ro"]]),
    }


@pytest.fixture
def run(project: Path, section: Mapping[str, Any]) -> Iterator[Callable[..., Any]]:
    """Return a function that evaluates an expression with an executor `docker`, whose options it may change."""
    made: list[Scheduler] = []

    def evaluate(expression: Any, _section: Mapping[str, Any] | None = None, **options: Any) -> Any:
        config = Config(configdir=project / ".redun")
        config.read_dict(
            {
                "backend": {"db_uri": "sqlite:///redun.db"},
                "executors.docker": {**(_section or section), **options},
            }
        )
        scheduler = Scheduler(config)
        made.append(scheduler)
        return scheduler.run(expression)

    yield evaluate
    for scheduler in made:
        scheduler.close()


@pytest.fixture
def tags(project: Path) -> Callable[[str], dict[str, list[Any]]]:
    """Return a function that gives the tags of a job."""
    from redun.recorder.ids import job_tag_id
    from redun.recorder.reader import open_reader
    from redun.recorder.reader_lookup import find
    from redun.recorder.reader_records import Kind

    def tags_of(job: str) -> dict[str, list[Any]]:
        with open_reader(project / ".redun" / "redun.db") as reader:
            key: Any = find(reader, job, (Kind.JOB,)).key
            record = reader.job(*key)
            identity = job_tag_id(record.execution_id, record.number)
            return reader.tags("job", [identity]).get(identity, {})

    return tags_of


def containers_of(engine: Engine) -> list[str]:
    """Return the names of an engine's containers, running or not."""
    listed = json.loads(engine.request("GET", "/v1.40/containers/json?all=1")[1])
    return sorted(name.lstrip("/") for container in listed for name in container["Names"])


@pytest.fixture
def names(engine: Engine) -> Callable[[], list[str]]:
    """Return a function that gives the names of the engine's containers."""
    return lambda: containers_of(engine)


@pytest.fixture
def start_program(
    project: Path, section: Mapping[str, Any]
) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that runs a workflow in a process of its own, in the project's folder."""
    started: list[subprocess.Popen[str]] = []

    def start(text: str, **options: Any) -> subprocess.Popen[str]:
        lines = "\n".join(f"{name} = {value}" for name, value in {**section, **options}.items())
        (project / ".redun" / "redun.ini").write_text(
            f"[backend]\ndb_uri = sqlite:///redun.db\n[executors.docker]\n{lines}\n"
        )
        (project / "workflow.py").write_text(text)
        process = subprocess.Popen(
            [sys.executable, "workflow.py"],
            cwd=project,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
