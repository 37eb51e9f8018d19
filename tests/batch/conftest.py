"""A Batch whose jobs run in a clean environment, and projects whose workflows go there."""

from __future__ import annotations

import contextlib
import functools
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import attrs
import boto3
import pytest
import warm
from services.batch import LocalBatch, batch_server
from services.venv import worker_venv

BUCKET = "redun-batch"


@pytest.fixture(scope="session")
def batch_service() -> Iterator[LocalBatch]:
    """Run the server; its images hold the wheels that a worker needs and nothing else, `warm` without the wait."""
    venv = worker_venv("redun-core", "redun-fs-s3")
    with batch_server({"worker": venv, "warm": f"warm:{venv}"}, endpoint_in_jobs=False) as server:
        boto3.client("s3", **server.arguments()).create_bucket(Bucket=BUCKET)
        yield server


@pytest.fixture
def batch(batch_service: LocalBatch, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalBatch]:
    """Return the server, with no faults left over, which this process and its children know."""
    batch_service.clear()
    batch_service.set_slots(2)
    for name, value in batch_service.environment().items():
        monkeypatch.setenv(name, value)
    yield batch_service
    batch_service.clear()


@pytest.fixture(scope="session")
def programs() -> Iterator[warm.Server]:
    """Fork the workflows from a process that has imported what they need."""
    with contextlib.closing(warm.Server(modules=["boto3", "redun_executor_batch", "redun_fs_s3"])) as server:
        yield server


@functools.cache
def batch_client(batch: LocalBatch) -> Any:
    """Return a client, made once: that takes longer than what is asked."""
    return boto3.client("batch", **batch.arguments())


@attrs.frozen
class Project:
    """A folder with a workflow, run by `python workflow.py`."""

    folder: Path
    batch: LocalBatch
    scratch: str
    programs: warm.Server

    def configure(self, **options: Any) -> None:
        """Write `redun.ini`."""
        section = {
            "type": "aws_batch",
            "image": "warm",
            "queue": self.batch.queue,
            "s3_scratch": self.scratch,
            "role": "none",
            "job_monitor_interval": 0.2,
            "job_stale_time": 0.5,
            **options,
        }
        lines = ["[executors.batch]", *[f"{name} = {value}" for name, value in section.items()]]
        (self.folder / ".redun").mkdir(exist_ok=True)
        (self.folder / ".redun" / "redun.ini").write_text("\n".join(lines) + "\n")

    def write(self, code: str, name: str = "workflow.py") -> None:
        """Write a module."""
        (self.folder / name).write_text(textwrap.dedent(code))

    def start(self, *arguments: str, python: str = sys.executable) -> subprocess.Popen[str]:
        """Start the workflow."""
        return warm.Popen(
            [python, "workflow.py", *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            server=self.programs,
        )

    def run(self, *arguments: str, python: str = sys.executable, timeout_s: float = 120) -> str:
        """Run the workflow and return what it printed."""
        process = self.start(*arguments, python=python)
        try:
            printed, complaints = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            printed, complaints = process.communicate()
            pytest.fail(f"still running after {timeout_s} s\n{printed}{complaints}")
        assert process.returncode == 0, printed + complaints
        return printed

    def calls(self, operation: str) -> int:
        """Return how often an operation of Batch was called."""
        return self.batch.calls()[f"batch:{operation}"]

    def jobs(self) -> list[dict[str, Any]]:
        """Return the jobs of this project that Batch knows, arrays as one, oldest first."""
        client = batch_client(self.batch)
        names = [{"name": "JOB_NAME", "values": [f"{self.prefix}-*"]}]
        pages = client.get_paginator("list_jobs").paginate(jobQueue=self.batch.queue, filters=names)
        ids = [job["jobId"] for page in pages for job in page["jobSummaryList"] if ":" not in job["jobId"]]
        found: list[dict[str, Any]] = []
        for start in range(0, len(ids), 100):
            found += client.describe_jobs(jobs=ids[start : start + 100])["jobs"]
        return sorted(found, key=lambda job: job["createdAt"])

    @property
    def prefix(self) -> str:
        """The beginning of the names of its jobs."""
        return f"t{self.scratch.rpartition('/')[2]}"


@pytest.fixture
def project(tmp_path: Path, batch: LocalBatch, programs: warm.Server) -> Project:
    """Return a project whose jobs and scratch nobody else uses."""
    folder = tmp_path / "project"
    folder.mkdir()
    made = Project(folder, batch, f"s3://{BUCKET}/{uuid4().hex[:12]}", programs)
    made.configure(job_name_prefix=made.prefix)
    return made


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    """Return a function that waits until a condition holds, and returns what it gave."""

    def wait(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
        end = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < end, "it never came true"
            time.sleep(0.1)
        return found

    return wait
