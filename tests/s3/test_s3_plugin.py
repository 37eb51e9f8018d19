"""The distribution is found as a plugin; what it needs of AWS is imported with the first use, and it needs no more."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import requires

import pytest
from services.venv import worker_venv

PROGRAM = """
import sys
from redun import File
print(File("s3://genomes/human/chr1.fa").stage("in/").render_stage())
print(type(File("s3://genomes/human/chr1.fa").filesystem).__module__, "boto3" in sys.modules)
"""


def test_plugin_is_found_and_loads_without_boto3() -> None:
    shown = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60)
    lines = shown.stdout.splitlines()
    assert shown.returncode == 0, shown.stderr
    assert lines[0].endswith("$REDUN_S3_CP s3://genomes/human/chr1.fa in/chr1.fa")
    assert lines[1] == "redun_fs_s3.filesystem False"


@pytest.mark.slow
def test_an_environment_of_its_own_holds_little_else() -> None:
    python = worker_venv("redun-core", "redun-fs-s3") / "bin" / "python"
    listed = "from importlib.metadata import distributions; print(*{d.name.lower() for d in distributions()})"
    shown = subprocess.run([python, "-c", listed], capture_output=True, text=True, check=True)
    names = set(shown.stdout.split())
    assert {"redun-core", "redun-fs-s3", "boto3", "botocore"} <= names
    assert not names & {"click", "rich", "pyspark", "docker", "psycopg", "s3fs", "fsspec", "moto", "pandas"}
    used = subprocess.run([python, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert used.stdout.splitlines()[1] == "redun_fs_s3.filesystem False"


def test_boto3_is_all_it_needs() -> None:
    named = {text.split(">")[0] for text in requires("redun-fs-s3") or ()}
    assert named == {"redun-core", "boto3"}
