"""What `pip install redun-core redun-executor-batch` brings along, and what it does not."""

from __future__ import annotations

import re
import subprocess

import pytest
from services.venv import worker_venv

UNWANTED = {"click", "rich", "pyspark", "docker", "psycopg", "psycopg2", "moto", "redun-cli"}
PROGRAM = """
import sys
from redun.host import Host

host = Host()
host.load_plugins()
assert not host.failures(), host.failures()
assert "aws_batch" in [origin.name for origin in host.plugins()]
assert not {"boto3", "botocore", "click", "docker"} & set(sys.modules)
import redun_executor_batch.debugging, redun_executor_batch.definitions, redun_executor_batch.logs
assert not {"boto3", "click", "docker"} & set(sys.modules)
"""


@pytest.mark.slow
def test_it_brings_boto3_and_nothing_of_terminals_or_other_services() -> None:
    python = worker_venv("redun-core", "redun-fs-s3", "redun-executor-batch") / "bin" / "python"
    listed = subprocess.run(
        ["uv", "pip", "list", "--python", python, "--format", "freeze"],
        capture_output=True,
        text=True,
        check=True,
    )
    names = set(re.findall(r"^([\w.-]+)", listed.stdout.lower(), re.MULTILINE))
    assert {"redun-core", "redun-executor-batch", "boto3"} <= names
    assert not UNWANTED & names
    subprocess.run([python, "-I", "-c", PROGRAM], check=True, timeout=60)
