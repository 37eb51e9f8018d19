"""What is said when S3 does not do as it is told: which bucket and key, and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from redun.errors import ConfigError, FileSystemError
from redun.file import Dir, File, validate
from redun.filesystems import (
    RedunFileNotFoundError,
    RedunOSError,
    RedunPermissionError,
    set_filesystem_resolver,
)
from redun_fs_s3.filesystem import S3FileSystem
from services.aws_client import LocalAws
from services.chaos import chaos_proxy
from services.endpoint import Endpoint

USES: dict[str, Callable[[str], Any]] = {
    "read": lambda bucket: File(f"{bucket}/key").read(),
    "write": lambda bucket: File(f"{bucket}/key").write("x"),
    "exists": lambda bucket: File(f"{bucket}/key").exists(),
    "isfile": lambda bucket: File(f"{bucket}/key").isfile(),
    "isdir": lambda bucket: File(f"{bucket}/key").isdir(),
    "size": lambda bucket: File(f"{bucket}/key").size(),
    "hash": lambda bucket: File(f"{bucket}/key").hash,
    "glob": lambda bucket: File(f"{bucket}/key").filesystem.glob(f"{bucket}/key*"),
    "files": lambda bucket: Dir(f"{bucket}/key").files(),
    "copy": lambda bucket: File(f"{bucket}/key").copy_to(f"{bucket}/other"),
    "remove": lambda bucket: File(f"{bucket}/key").remove(),
    "rmdir": lambda bucket: Dir(f"{bucket}/key").rmdir(recursive=True),
    "mkdir": lambda bucket: Dir(f"{bucket}/key").mkdir(),
    "touch": lambda bucket: File(f"{bucket}/key").touch(),
}
REFUSALS = {
    "AccessDenied": "Not allowed to .*A missing object is refused as well",
    "ExpiredToken": "The credentials have expired; renew them",
    "InvalidAccessKeyId": "The server does not know the access key; check AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "The secret key does not belong to the access key",
}


@pytest.mark.parametrize("code", REFUSALS)
def test_refusals_name_bucket_and_key_and_what_to_do(moto: LocalAws, moto_bucket: str, code: str) -> None:
    for name, use in USES.items():
        File(f"{moto_bucket}/key").write("x")
        File(f"{moto_bucket}/key/below").write("x")
        moto.throttle("s3:*", 10, code, 403 if code != "ExpiredToken" else 400)
        with pytest.raises(RedunPermissionError, match=REFUSALS[code]) as caught:
            use(moto_bucket)
        moto.clear()
        assert f"bucket {moto_bucket[5:]!r}" in str(caught.value), name
        assert "key 'key" in str(caught.value), name
        assert caught.value.filename.startswith(f"{moto_bucket}/key")


def test_what_cannot_be_looked_at_does_not_hold(moto: LocalAws, moto_bucket: str) -> None:
    file = File(f"{moto_bucket}/key")
    file.write("x")
    assert file.hash
    moto.throttle("s3:*", 10, "AccessDenied", 403)
    assert validate([file]) == [False]
    moto.clear()


@pytest.mark.parametrize(
    "use", [use for use in USES if use not in ("exists", "isfile", "isdir", "hash", "size")]
)
def test_a_bucket_that_is_not_there(endpoint: Endpoint, use: str) -> None:
    with pytest.raises(
        RedunFileNotFoundError, match=r"(There is no|to copy).*bucket 'redun-nowhere'"
    ) as caught:
        USES[use]("s3://redun-nowhere")
    assert "s3://redun-nowhere/key" in str(caught.value)


def test_nothing_exists_in_a_bucket_that_is_not_there(endpoint: Endpoint) -> None:
    file = File("s3://redun-nowhere/key")
    assert [file.exists(), file.isfile(), file.isdir(), Dir("s3://redun-nowhere").exists()] == [False] * 4
    with pytest.raises(RedunFileNotFoundError, match="redun makes none; make it first"):
        Dir("s3://redun-nowhere").mkdir()


CEPH_ONLY = pytest.mark.parametrize("endpoint", [pytest.param("ceph", marks=pytest.mark.slow)], indirect=True)
"""For what moto does not look at: signatures and policies."""


@CEPH_ONLY
def test_wrong_secret(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    files = S3FileSystem()
    for use in (files.exists, files.open, files.glob):
        with pytest.raises(RedunPermissionError, match="The secret key does not belong to the access key"):
            use(f"{bucket}/key")


def test_names_that_s3_does_not_have(moto: LocalAws) -> None:
    with pytest.raises(RedunOSError, match="S3 has no such name, to read key 'x' of bucket 'A B'"):
        File("s3://A B/x").read()
    with pytest.raises(RedunOSError, match="name of the bucket cannot be a pattern"):
        File("s3://b/x").filesystem.glob("s3://b*/x")


def test_nobody_to_ask(moto: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files = S3FileSystem()
    files.configure({"endpoint_url": "http://127.0.0.1:1", "max_attempts": 1, "connect_timeout": 2})
    with pytest.raises(RedunOSError, match=r"Could not read key 'x' of bucket 'b'.*`endpoint_url` right"):
        files.open("s3://b/x")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(RedunPermissionError, match="There are no credentials to read key 'x' of bucket 'b'"):
        S3FileSystem().open("s3://b/x")
    for options in ({"profile": "nowhere"}, {"endpoint_url": "nowhere"}):
        files = S3FileSystem()
        files.configure(options)
        with pytest.raises(
            ConfigError, match=r"\[filesystems.s3\], the AWS_… variables and ~/.aws say: .*nowhere"
        ):
            files.open("s3://b/x")


@CEPH_ONLY
def test_objects_that_cannot_be_removed(bucket: str, client: Any) -> None:
    for key in ("a", "b", "c"):
        File(f"{bucket}/d/{key}").write(key)
    kept: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject"}
    kept["Resource"] = [f"arn:aws:s3:::{bucket[5:]}/d/{key}" for key in "ab"]
    client.put_bucket_policy(
        Bucket=bucket[5:], Policy=json.dumps({"Version": "2012-10-17", "Statement": [kept]})
    )
    with pytest.raises(
        RedunPermissionError, match=rf"2 objects of bucket '{bucket[5:]}' could not be removed"
    ):
        Dir(f"{bucket}/d").rmdir(recursive=True)
    assert [file.basename() for file in Dir(f"{bucket}/d")] == ["a", "b"]


@pytest.fixture
def faulty(moto: LocalAws, moto_bucket: str) -> Any:
    """A proxy before the server; `s3://` goes through it."""
    with chaos_proxy(moto) as (proxy, seen):
        files = S3FileSystem()
        files.configure({"endpoint_url": seen.url, "read_timeout": 1, "max_attempts": 3})
        yield proxy, files, moto_bucket


def test_503_is_tried_again(faulty: Any) -> None:
    proxy, files, bucket = faulty
    proxy.fail(503, times=2)
    with files.open(f"{bucket}/x", "w") as stream:
        stream.write("text")
    proxy.fail(503, times=2)
    assert files.open(f"{bucket}/x").read() == "text"
    proxy.fail(503, times=2)
    assert files.glob(f"{bucket}/*") == [f"{bucket}/x"]
    assert len(proxy.requests) == 9
    proxy.fail(503, times=99)
    with pytest.raises(FileSystemError, match=r"would not read key 'x'.*asked 3 times;"):
        files.open(f"{bucket}/x")


@pytest.mark.parametrize("fault", ["truncate", "reset"])
@pytest.mark.parametrize("size", [500_000, 3_000_000])
def test_reading_goes_on_where_the_connection_broke(faulty: Any, fault: str, size: int) -> None:
    proxy, files, bucket = faulty
    data = bytes(range(250)) * (size // 250)
    with files.open(f"{bucket}/x", "wb") as stream:
        stream.write(data)
    {"truncate": proxy.truncate, "reset": lambda after, **rest: proxy.reset(after=after, **rest)}[fault](
        200_000, match="GET", times=2
    )
    with files.open(f"{bucket}/x", "rb") as stream:
        assert stream.read() == data
    proxy.truncate(1000, match="GET", times=99)
    with pytest.raises(RedunOSError, match="Could not read key 'x'"):
        files.open(f"{bucket}/x", "rb").read()


def test_a_server_that_hangs(faulty: Any) -> None:
    proxy, files, bucket = faulty
    with files.open(f"{bucket}/x", "w") as stream:
        stream.write("text")
    proxy.hang(match="GET", times=1)
    assert files.open(f"{bucket}/x").read() == "text"


def test_a_part_that_cannot_be_sent(faulty: Any, moto: LocalAws) -> None:
    proxy, files, bucket = faulty
    files.configure({"endpoint_url": proxy.url, "part_size": "5 MiB", "max_attempts": 2})
    with files.open(f"{bucket}/x", "w") as stream:
        stream.write("before")
    proxy.fail(503, match="partNumber=2", times=2)

    def write() -> None:
        with files.open(f"{bucket}/x", "wb") as stream:
            stream.write(b"x" * (16 << 20))

    with pytest.raises(FileSystemError, match="would not write key 'x'"):
        write()
    assert files.open(f"{bucket}/x").read() == "before"
    client = boto3.client("s3", **moto.arguments())
    assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket[5:])


def test_configured_by_the_project(moto_bucket: str, moto: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    Path(".redun").mkdir()
    Path(".redun/redun.ini").write_text(f"[filesystems.s3]\nendpoint_url = {moto.url}\n")
    set_filesystem_resolver(None)
    File(f"{moto_bucket}/x").write("text")
    assert File(f"{moto_bucket}/x").read() == "text"
    set_filesystem_resolver(None)
