"""Section `[filesystems.s3]`, and what processes elsewhere are told of it."""

from __future__ import annotations

from typing import Any

import pytest
from redun.errors import ConfigError
from redun_fs_s3.filesystem import S3FileSystem
from redun_fs_s3.settings import Settings
from services.aws_client import LocalAws
from services.chaos import chaos_proxy

MISTAKES = [
    ({"endpont_url": "x"}, r"\[filesystems.s3\] has no option 'endpont_url'; did you mean 'endpoint_url'\?"),
    ({"zzz": "x"}, r"has no option 'zzz'; known: acl, addressing_style, anonymous"),
    (
        {"part_size": "1 MiB"},
        r"part_size = 1 MiB: write a number of bytes, such as 16 MiB; S3 wants 5 MiB to 5 GiB",
    ),
    ({"part_size": "lots"}, r"part_size = lots: write a number of bytes"),
    ({"max_attempts": "0"}, r"max_attempts = 0: write a whole number, 1 or more"),
    ({"read_timeout": "soon"}, r"read_timeout = soon: write a number of seconds above 0"),
    ({"requester_pays": "maybe"}, r"requester_pays = maybe: write true or false"),
    ({"addressing_style": "x"}, r"addressing_style = x: write auto, path or virtual"),
]


@pytest.mark.parametrize(("options", "message"), MISTAKES)
def test_mistakes(files: S3FileSystem, options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        files.configure(options)


def test_sizes() -> None:
    assert Settings.read({"part_size": "8388608"}).part_size == 8 << 20
    assert Settings.read({"part_size": "5M", "copy_threshold": "1 GiB"}).copy_threshold == 1 << 30


def test_others_are_told(moto: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    files = S3FileSystem()
    files.configure({"region": "eu-west-1", "profile": None, "requester_pays": "yes", "part_size": "16 MiB"})
    told = files.environment()
    assert told == {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_S3": moto.url,
        "REDUN_S3_OPTIONS": '{"part_size": 16777216, "requester_pays": true}',
    }
    assert not any(moto.secret_key in value for value in told.values())
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    elsewhere = S3FileSystem()
    assert elsewhere.environment() == told
    monkeypatch.setenv("REDUN_S3_OPTIONS", "[")
    with pytest.raises(ConfigError, match="REDUN_S3_OPTIONS is no JSON object"):
        S3FileSystem().environment()


def test_what_is_asked_for_reaches_the_server(moto: LocalAws, moto_bucket: str) -> None:
    import boto3

    files = S3FileSystem()
    files.configure(
        {"server_side_encryption": "aws:kms", "sse_kms_key_id": "key", "storage_class": "STANDARD_IA"}
    )
    with files.open(f"{moto_bucket}/x", "w") as stream:
        stream.write("text")
    files.copy(f"{moto_bucket}/x", f"{moto_bucket}/y")
    client = boto3.client("s3", **moto.arguments())
    for key in "xy":
        made = client.head_object(Bucket=moto_bucket[5:], Key=key)
        assert (made["ServerSideEncryption"], made["StorageClass"]) == ("aws:kms", "STANDARD_IA")


def test_who_asks_pays_for_every_request(moto: LocalAws, moto_bucket: str) -> None:
    files = S3FileSystem()
    files.configure({"requester_pays": "true", "part_size": "5 MiB", "copy_threshold": "5 MiB"})
    folder = f"{moto_bucket}/folder"
    files.mkdir(folder)
    for name, size in {"small": 1, "large": 6 << 20}.items():
        with files.open(f"{folder}/{name}", "wb") as stream:
            stream.write(bytes(size))
        files.copy(f"{folder}/{name}", f"{moto_bucket}/{name}")
        assert files.filesize(f"{moto_bucket}/{name}") == size
    files.remove(f"{moto_bucket}/small")
    files.rmdir(folder, recursive=True)
    assert files.glob(f"{moto_bucket}/*") == [f"{moto_bucket}/large"]


def test_addressing(moto: LocalAws, moto_bucket: str) -> None:
    with chaos_proxy(moto) as (proxy, _):
        files = S3FileSystem()
        files.configure({"endpoint_url": proxy.url.replace("127.0.0.1", "localhost"), "anonymous": "true"})
        assert not files.exists(f"{moto_bucket}/x")
        assert proxy.requests[0].startswith(f"HEAD /{moto_bucket[5:]}/x")


def test_amazon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    files = S3FileSystem()
    files.configure({"region": "eu-west-1"})
    connection: Any = files._connection()
    assert connection.amazon
    assert files.environment() == {"AWS_DEFAULT_REGION": "eu-west-1"}
    assert connection.client.meta.config.retries["mode"] == "standard"
