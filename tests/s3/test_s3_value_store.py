"""Large values in a bucket."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
import warm
from redun import Scheduler, task
from redun.config import Config
from redun.errors import ConfigError, RecorderError
from redun.query import open_record
from services.aws_client import LocalAws

redun_namespace = "tests.s3.values"
runs: list[int] = []


@task
def large(number: int) -> bytes:
    runs.append(number)
    return bytes([number]) * 5_000


@task
def many(count: int) -> list[bytes]:
    return [large(number) for number in range(count)]


@pytest.fixture(autouse=True)
def no_runs() -> None:
    runs.clear()


def scheduler(bucket: str, folder: Path, **options: str) -> Scheduler:
    backend = {"db_uri": "sqlite:///redun.db", "value_store_path": f"{bucket}/values", **options}
    return Scheduler(Config({"backend": backend}, configdir=str(folder)))


def run(bucket: str, folder: Path, count: int = 10, **options: str) -> None:
    with scheduler(bucket, folder, **options) as one:
        assert one.run(many(count)) == [bytes([number]) * 5_000 for number in range(count)]


def keys(client: Any, bucket: str) -> list[str]:
    found = client.list_objects_v2(Bucket=bucket.removeprefix("s3://")).get("Contents", [])
    return [entry["Key"] for entry in found]


def test_values_are_kept_in_a_bucket_and_read_from_there(client: Any, bucket: str, tmp_path: Path) -> None:
    run(bucket, tmp_path)
    found = keys(client, bucket)
    # The list of all is large, too.
    assert len(found) == 11
    assert all(key.startswith("values/") and len(key) == len("values/") + 41 for key in found)
    assert not (tmp_path / "values").exists()
    runs.clear()
    run(bucket, tmp_path)
    assert runs == []
    # Another record shares them: nothing is written twice.
    (tmp_path / "other").mkdir()
    before = client.head_object(Bucket=bucket.removeprefix("s3://"), Key=found[0])["LastModified"]
    run(bucket, tmp_path / "other")
    assert keys(client, bucket) == found
    assert client.head_object(Bucket=bucket.removeprefix("s3://"), Key=found[0])["LastModified"] == before


def test_what_is_gone_or_damaged_in_the_bucket_is_made_anew(client: Any, bucket: str, tmp_path: Path) -> None:
    run(bucket, tmp_path, count=2)
    name = bucket.removeprefix("s3://")
    for harm in ("gone", "damaged"):
        for key in keys(client, bucket):
            if harm == "gone":
                client.delete_object(Bucket=name, Key=key)
            else:
                client.put_object(Bucket=name, Key=key, Body=b"something else")
        runs.clear()
        run(bucket, tmp_path, count=2)
        assert sorted(runs) == [0, 1]
        runs.clear()
        run(bucket, tmp_path, count=2)
        assert runs == []


def test_a_value_in_a_bucket_is_loaded_for_whoever_asks(moto_bucket: str, tmp_path: Path) -> None:
    (tmp_path / "redun.ini").write_text(f"[backend]\nvalue_store_path = {moto_bucket}/values\n")
    run(moto_bucket, tmp_path, count=1)
    with open_record(tmp_path) as record:
        (execution,) = record.executions()
        assert record.load(execution.job) == [bytes(5_000)]


@pytest.mark.slow
def test_a_process_of_its_own_keeps_and_finds_them(moto_bucket: str, tmp_path: Path) -> None:
    (tmp_path / "redun.ini").write_text(f"[backend]\nvalue_store_path = {moto_bucket}/values\n")
    (tmp_path / "flow.py").write_text(
        "from redun import Scheduler, task\nfrom redun.config import load_config\n"
        "@task\ndef large() -> bytes:\n    print('ran')\n    return bytes(3 << 20)\n"
        "with Scheduler(load_config('.')) as scheduler:\n    assert scheduler.run(large()) == bytes(3 << 20)\n"
    )
    outputs = [
        warm.run([sys.executable, "flow.py"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    ]
    assert outputs == ["ran\n", ""]


def test_what_cannot_be_written_for_want_of_a_bucket_is_kept_until_it_can(
    moto: LocalAws, tmp_path: Path
) -> None:
    client = boto3.client("s3", **moto.arguments())
    message = r"cannot write the value store s3://redun-later/values: There is no bucket 'redun-later'"
    with pytest.raises(RecorderError, match=message):
        run("s3://redun-later", tmp_path, count=1)
    client.create_bucket(Bucket="redun-later")
    end = time.monotonic() + 60
    while len(keys(client, "s3://redun-later")) < 2:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_file_system_that_nobody_serves_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"value_store_path.*'gs://lab/values'"):
        run("gs://lab", tmp_path)
