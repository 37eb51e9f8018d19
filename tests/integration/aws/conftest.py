"""A project with an executor for AWS Batch, a Batch on this machine, and the command run there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import boto3
import pytest
import warm
from services.batch import LocalBatch, batch_server

REDUN = Path(sys.executable).with_name("redun")
CONFIG = """
[executors.batch]
type = aws_batch
image = here
queue = queue
s3_scratch = {scratch}
job_name_prefix = {prefix}
{more}
"""


@attrs.frozen
class Project:
    """A folder with a configuration of its own, whose jobs no other test sees."""

    folder: Path
    server: LocalBatch
    prefix: str
    bucket: str

    def client(self, service: str) -> Any:
        return boto3.client(service, **self.server.arguments())

    def configure(self, *more: str, scratch: str = "") -> None:
        """Write the configuration, with more options of the executor."""
        (self.folder / ".redun").mkdir(exist_ok=True)
        text = CONFIG.format(
            prefix=self.prefix, scratch=scratch or f"s3://{self.bucket}/redun", more="\n".join(more)
        )
        (self.folder / ".redun" / "redun.ini").write_text(text)

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("REDUN_", "AWS_"))
        }
        return warm.Popen(
            [REDUN, *words],
            cwd=self.folder,
            env=environment | self.server.environment() | {"COLUMNS": "120"} | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def redun(self, *words: str, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the command and check its exit code; no traceback may show."""
        process = self.start(*words, **variables)
        out, err = process.communicate(timeout=60)
        assert process.returncode == code, out + err
        assert "Traceback (most recent call last)" not in err, err
        return subprocess.CompletedProcess(words, code, out, err)

    def submit(
        self,
        *command: str,
        redun_job: str = "",
        size: int = 0,
        wait: bool = False,
        task: str = "demo.count",
        **more: Any,
    ) -> str:
        """Submit a job as the executor does, and return its id."""
        execution, dot, _ = redun_job.partition(".")
        tags = {"redun_task_name": task, "redun_execution_id": execution or "0" * 32}
        if dot:
            tags["redun_job_id"] = redun_job
        if size:
            more["arrayProperties"] = {"size": size}
        digest = hashlib.sha1(repr(command).encode()).hexdigest()
        batch = self.client("batch")
        answer = batch.submit_job(
            jobName=f"{self.prefix}-{digest}{'-array' if size else ''}",
            jobQueue="queue",
            jobDefinition="here",
            containerOverrides={"command": list(command)},
            tags=tags,
            propagateTags=True,
            **more,
        )
        job = str(answer["jobId"])
        while wait and self.describe(job)["status"] not in ("SUCCEEDED", "FAILED"):
            time.sleep(0.05)
        return job

    def describe(self, job: str) -> Any:
        return self.client("batch").describe_jobs(jobs=[job])["jobs"][0]


@pytest.fixture(scope="session")
def server() -> Iterator[LocalBatch]:
    with batch_server({"here": sys.prefix}, slots=4) as running:
        boto3.client("batch", **running.arguments()).register_job_definition(
            jobDefinitionName="here",
            type="container",
            containerProperties={"image": "here", "vcpus": 1, "memory": 128, "command": ["true"]},
        )
        yield running


@pytest.fixture
def project(server: LocalBatch, tmp_path: Path) -> Project:
    server.clear()
    name = uuid.uuid4().hex[:8]
    made = Project(tmp_path, server, prefix=f"test-{name}", bucket=f"bucket-{name}")
    made.client("s3").create_bucket(Bucket=made.bucket)
    made.configure()
    return made
