"""Engines run containers of both images, and leave nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from services.batch import batch_server
from services.engine import docker_engine, podman_engine

from .client import Client

pytestmark = pytest.mark.engine

KEPT = """
import sys, time
from services.engine import docker_engine

with docker_engine() as engine:
    print(engine.host, flush=True)
    time.sleep(600)
"""


def run(engine, image, *command):
    """Run a command in a container without a network; return its exit code and what it printed."""
    body = {"Image": image, "Cmd": list(command), "HostConfig": {"NetworkMode": "none"}, "Tty": True}
    status, text = engine.request("POST", "/v1.40/containers/create", json.dumps(body), "application/json")
    assert status == 201, text
    path = f"/v1.40/containers/{json.loads(text)['Id']}"
    engine.request("POST", f"{path}/start")
    code = json.loads(engine.request("POST", f"{path}/wait")[1])["StatusCode"]
    return code, engine.request("GET", f"{path}/logs?stdout=1&stderr=1")[1]


@pytest.mark.slow
@pytest.mark.parametrize("start", [docker_engine, podman_engine])
def test_containers_of_both_images_run(start):
    with start() as engine:
        code, printed = run(
            engine, engine.image, "python3", "-c", "import ssl, sqlite3, sys; print(sys.prefix); sys.exit(3)"
        )
        assert (code, printed.strip()) == (3, sys.base_prefix)
        code, printed = run(
            engine, engine.plain_image, "sh", "-c", "printf 'b\\na' | sort; command -v python3 || echo none"
        )
        assert printed.split() == ["a", "b", "none"]
        run_batch_jobs(engine)
    assert not Path(engine.host.removeprefix("unix://")).parent.exists()


def run_batch_jobs(engine):
    """Have the local Batch run its jobs in the engine's containers."""
    with batch_server({"python:1": f"container:{engine.image}"}, engine=engine.host) as batch:
        client = Client(batch.url)
        client.define("any", "python:1", ["true"])
        hungry = "import sys; print('eats', flush=True); [bytearray(b'x' * 2**20) for _ in iter(int, 1)]"
        small = [{"type": "MEMORY", "value": "64"}]
        overrides = {
            "command": ["python3", "-c", hungry.replace("[", "kept = [")],
            "resourceRequirements": small,
        }
        first = client.submit("any", "sh", "-c", "echo $AWS_BATCH_JOB_ID; exit 5")
        greedy = client.submit("any", containerOverrides=overrides)
        stopped = client.submit("any", "sleep", "60")
        job = client.wait(first)
        assert (job["container"]["exitCode"], client.log(job["container"]["logStreamName"])) == (5, [first])
        job = client.wait(greedy)
        assert job["container"]["exitCode"] == 137
        if engine.kind == "docker":
            # Podman 4 does not tell.
            assert job["container"]["reason"] == "OutOfMemoryError: Container killed due to memory usage"
        client.wait(stopped, "RUNNING")
        client.batch("terminatejob", jobId=stopped, reason="enough")
        assert client.wait(stopped)["statusReason"] == "enough"


@pytest.mark.slow
def test_an_engine_ends_with_its_owner():
    tools = Path(__file__).parents[3] / "tools"
    environment = os.environ | {"PYTHONPATH": str(tools)}
    with subprocess.Popen(
        [sys.executable, "-c", KEPT], stdout=subprocess.PIPE, text=True, env=environment
    ) as owner:
        host = owner.stdout.readline().strip().removeprefix("unix://")
        assert Path(host).exists()
        owner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while Path(host).parent.exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert str(Path(host).parent) not in Path("/proc/mounts").read_text()
