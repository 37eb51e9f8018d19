"""`debug = True`: jobs of AWS Batch run in containers on this machine, and AWS is not asked for anything."""

from __future__ import annotations

import json

import pytest
from services.engine import docker_engine
from services.venv import worker_venv

from .conftest import Project

WORKFLOW = """
import os
import socket

from redun import script, task

redun_namespace = "debugged"


@task(version="1", executor="batch")
def double(x: int) -> int:
    assert os.path.exists("/mounted"), os.listdir("/")
    print("doubling", x)
    return 2 * x


@task(version="1", executor="batch")
def fail() -> None:
    raise ValueError("no such base")


@task(version="1")
def main() -> list:
    return [double(21), script("echo from a script", executor="batch", debug=True)]
"""


@pytest.mark.slow
def test_jobs_run_in_local_containers(project: Project) -> None:
    venv = worker_venv("redun-core")
    (project.folder / "mounted").mkdir()
    (project.folder / "workflow.py").write_text(WORKFLOW)
    with docker_engine() as engine:
        volumes = [[str(venv), str(venv)], [str(project.folder / "mounted"), "/mounted"]]
        project.configure(
            "debug = True",
            "debug_scratch = debugging",
            f"python = {venv / 'bin' / 'python'}",
            f"volumes = {json.dumps(volumes)}",
            "network = none",
            f"docker_host = {engine.host}",
        )
        config = project.folder / ".redun" / "redun.ini"
        config.write_text(config.read_text().replace("image = here", f"image = {engine.image}"))
        done = project.redun("run", "workflow.py", "main")
        assert "[42, b'from a script\\n']" in done.stdout
        assert "doubling 21" in project.redun("log", "-.2", "--output").stdout
        failed = project.redun("run", "workflow.py", "fail", code=1)
        assert "ValueError: no such base" in failed.stderr
    assert list(project.folder.glob("**/debugging"))
    asked = {operation for operation in project.server.calls() if not operation.startswith("s3:")}
    assert asked == set()
