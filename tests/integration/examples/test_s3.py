"""The example of files on S3: read, written and staged on a server of this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from redun_fs_s3.filesystem import S3FileSystem
from services.s3 import moto_server

TABLE = "nairobi\t18.9\nlisbon\t17.2\nhelsinki\t6.5\n"


def test_what_depends_on_a_changed_object_runs(
    copy_of: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with moto_server() as endpoint:
        for name, value in endpoint.environment().items():
            monkeypatch.setenv(name, value)
        boto3.client("s3").create_bucket(Bucket="my-bucket")
        files = S3FileSystem()
        example = copy_of("s3")
        example.command("redun", "fs", "cp", "--recursive", "data", "s3://my-bucket/stations")

        first = example.run("workflow.py", "main")
        assert (first.ran["station_mean"], first.ran["table"], first.ran["warmest_first"]) == (3, 1, 1)
        assert files.open("s3://my-bucket/warmest.tsv").read() == TABLE
        assert not example.run("workflow.py", "main").ran

        with files.open("s3://my-bucket/stations/lisbon.csv", "w") as stream:
            stream.write("month,celsius\nJul,30.0\n")
        changed = example.run("workflow.py", "main")
        assert (changed.ran["station_mean"], changed.ran["table"]) == (1, 1)
        assert files.open("s3://my-bucket/warmest.tsv").read().startswith("lisbon\t30.0\n")

        files.remove("s3://my-bucket/warmest.tsv")
        again = example.run("workflow.py", "main")
        assert "table" not in again.ran
        assert files.exists("s3://my-bucket/warmest.tsv")
