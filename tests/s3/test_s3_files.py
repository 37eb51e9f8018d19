"""Reading and writing single objects."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import Any

import pytest
from redun.file import File
from redun.filesystems import RedunFileNotFoundError, RedunOSError
from redun.filesystems.errors import RedunFileExistsError
from redun_fs_s3.filesystem import S3FileSystem
from redun_fs_s3.location import Location
from redun_fs_s3.parts import Layout
from redun_fs_s3.writing import ObjectWriter

MIB = 1 << 20
ODD = [
    "a b.txt",
    "ümläut/日本語.txt",
    "100%/50%25+more.txt",
    "a//b",
    "/leading",
    "a?b=c&d",
    "a*[b]",
    "semi;colon'quote\"",
    "~/-x",
    "dots/../x",
]


@pytest.mark.parametrize("key", ODD)
def test_keys_are_taken_as_they_are(bucket: str, client: Any, key: str) -> None:
    file = File(f"{bucket}/{key}")
    assert not file.exists()
    file.write(f"content of {key}")
    listed = client.list_objects_v2(Bucket=bucket[5:])["Contents"]
    assert [item["Key"] for item in listed] == [key]
    assert file.exists()
    assert file.isfile()
    assert file.read() == f"content of {key}"
    assert file.size() == len(f"content of {key}".encode())
    copy = file.copy_to(f"{bucket}/copy of/{key}")
    assert copy.read() == file.read()
    file.remove()
    file.remove()
    assert not file.exists()
    assert copy.exists()


def test_text_and_bytes(bucket: str) -> None:
    file = File(f"{bucket}/text")
    file.write("grün\n")
    assert file.read("rb") == "grün\n".encode()
    file.write("grün", encoding="latin-1")
    assert file.read("rb") == b"gr\xfcn"
    assert file.read(encoding="latin-1") == "grün"
    with file.open("w", newline="\r\n") as stream:
        print("a", "b", sep="\n", file=stream)
    assert file.read("rb") == b"a\r\nb\r\n"
    assert file.readlines() == ["a\n", "b\n"]
    with file.open(newline="") as stream:
        assert list(stream) == ["a\r\n", "b\r\n"]
        assert stream.buffer.raw.name == file.path
    file.write(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        file.read()
    with file.open(errors="replace") as stream:
        assert stream.read() == "\ufffd"
    file.write("")
    assert (file.size(), file.read(), file.read("rb")) == (0, "", b"")


@pytest.mark.parametrize("mode", ["a", "ab", "r+", "w+b"])
def test_what_objects_cannot(bucket: str, mode: str) -> None:
    with pytest.raises(RedunOSError, match=r"Objects of S3 (cannot be appended|are either read or written)"):
        File(f"{bucket}/log").open(mode)


def test_mistakes_in_arguments_are_told_as_python_does(bucket: str) -> None:
    file = File(f"{bucket}/x")
    for mode in ("", "rw", "rr", "q", "rbt"):
        with pytest.raises(ValueError, match="invalid mode"):
            file.open(mode)
    with pytest.raises(ValueError, match="binary mode doesn't take encoding"):
        file.open("wb", encoding="utf-8")
    with pytest.raises(TypeError, match="no argument 'fast'"):
        file.open("wb", fast=True)
    with pytest.raises(RedunOSError, match="a directory, not a file"):
        File(f"{bucket}/x/").open("w")
    with pytest.raises(RedunOSError, match="a bucket, not a file"):
        File(bucket).open()
    with pytest.raises(RedunOSError, match="names no bucket"):
        File("s3:///key").open()


def test_exclusive(bucket: str) -> None:
    file = File(f"{bucket}/x")
    with file.open("x") as first, file.open("xb") as second:
        first.write("first")
        second.write(b"second")
        second.close()
        with pytest.raises(RedunFileExistsError, match="There is such an object already"):
            first.close()
    assert file.read() == "second"
    with pytest.raises(RedunFileExistsError, match="There is such an object already"):
        file.open("x")


def test_touch(bucket: str) -> None:
    file = File(f"{bucket}/x")
    file.touch()
    assert file.read("rb") == b""
    file.write("text")
    before = file.hash
    file.touch(1.0)
    assert (file.read(), file.hash) == ("text", before)


@pytest.mark.parametrize("size", [0, 1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB, 11 * MIB])
def test_parts(bucket: str, client: Any, files: S3FileSystem, size: int) -> None:
    files.configure({"part_size": "5 MiB"})
    data = bytes(range(251)) * (size // 251 + 1)
    with files.open(f"{bucket}/big", "wb") as stream:
        for start in range(0, size, 700_001):
            stream.write(data[start : min(start + 700_001, size)])
        assert stream.tell() == size
    assert files.filesize(f"{bucket}/big") == size
    assert files.open(f"{bucket}/big", "rb").read() == data[:size]
    etag = client.head_object(Bucket=bucket[5:], Key="big")["ETag"].strip('"')
    parts = -(-size // (5 * MIB))
    assert etag.endswith(f"-{parts}") == (size >= 5 * MIB)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket[5:])


def test_parts_grow(bucket: str, client: Any, files: S3FileSystem) -> None:
    connection = files._connection()
    layout = Layout(5 * MIB, steady=2, step=1)
    data = bytes(range(256)) * (4096 * 22)
    with ObjectWriter(connection, Location.of(f"{bucket}/big"), layout=layout) as stream:
        stream.write(memoryview(data))
    assert files.open(f"{bucket}/big", "rb").read() == data
    assert client.head_object(Bucket=bucket[5:], Key="big")["ETag"].endswith('-4"')


@pytest.mark.parametrize("size", [100, 12 * MIB])
@pytest.mark.parametrize("mode", ["w", "wb"])
def test_an_exception_leaves_what_was_there(bucket: str, client: Any, mode: str, size: int) -> None:
    file = File(f"{bucket}/x")
    file.write("before")

    def fail() -> None:
        with file.open(mode) as stream:
            stream.write("x" * size if mode == "w" else b"x" * size)
            raise RuntimeError

    def fail_to_encode() -> None:
        with file.open("w", encoding="ascii") as stream:
            stream.write("x" * size)
            stream.write("ä")

    with pytest.raises(RuntimeError):
        fail()
    assert file.read() == "before"
    with pytest.raises(UnicodeEncodeError):
        fail_to_encode()
    assert file.read() == "before"
    assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket[5:])


def test_closed_streams_say_so(bucket: str) -> None:
    file = File(f"{bucket}/x")
    with file.open("wb") as writer:
        pass
    with file.open("rb") as reader:
        pass
    for misuse in (lambda: writer.write(b"x"), writer.tell, reader.read, lambda: reader.raw.readinto(b"")):
        with pytest.raises(ValueError, match="closed file"):
            misuse()


def test_reading_here_and_there(bucket: str) -> None:
    data = b"".join(number.to_bytes(4, "big") for number in range(3 * MIB))
    file = File(f"{bucket}/numbers")
    file.write(data)
    with file.open("rb") as stream:
        assert stream.seekable()
        for start, length in [
            (0, 10),
            (100_000, 5),
            (12 * MIB - 3, 10),
            (7, 3 * MIB),
            (6 * MIB, 5 * MIB),
            (11 * MIB, 1),
            (11 * MIB + 100_000, MIB),
            (1, 1),
            (13 * MIB, 5),
        ]:
            assert stream.seek(start) == start
            assert stream.read(length) == data[start : start + length]
        assert stream.seek(-4, io.SEEK_END) == len(data) - 4
        assert stream.read() == data[-4:]
        stream.seek(2 * MIB)
        assert stream.read() == data[2 * MIB :]
        with pytest.raises(ValueError, match="whence"):
            stream.raw.seek(0, 7)
        with pytest.raises((ValueError, OSError), match="negative seek"):
            stream.raw.seek(-1)


def test_a_stream_that_is_overwritten_meanwhile(bucket: str) -> None:
    file = File(f"{bucket}/x")
    file.write(b"a" * (8 * MIB))
    with file.open("rb") as stream:
        assert stream.read(3) == b"aaa"
        file.write(b"b" * (8 * MIB))
        stream.seek(5 * MIB)
        with pytest.raises(RedunOSError, match="was changed while it was being read"):
            stream.read(1)
        file.write(b"c")
        stream.seek(7 * MIB)
        with pytest.raises(RedunOSError, match="was changed while it was being read"):
            stream.read(1)


def test_compressed_and_archived(bucket: str) -> None:
    file = File(f"{bucket}/x.gz")
    with file.open("wb") as stream, gzip.open(stream, "wt") as packed:
        packed.write("text\n" * 1000)
    with file.open("rb") as stream, gzip.open(stream, "rt") as packed:
        assert packed.read() == "text\n" * 1000
    archive = File(f"{bucket}/x.zip")
    with archive.open("wb") as stream, zipfile.ZipFile(stream, "w") as entries:
        for number in range(20):
            entries.writestr(f"{number}.bin", bytes([number]) * (150_000 + number))
    with archive.open("rb") as stream, zipfile.ZipFile(stream) as entries:
        assert entries.testzip() is None
        assert entries.read("7.bin") == bytes([7]) * 150_007


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", ["ceph"], indirect=True)
def test_tables(bucket: str) -> None:
    import numpy as np
    import pandas as pd
    import pyarrow.parquet as pq
    from redun.file import ShardedDataset

    frame = pd.DataFrame({"x": np.random.default_rng(0).random(300_000), "y": range(300_000)})
    file = File(f"{bucket}/table.parquet")
    with file.open("wb") as stream:
        frame.to_parquet(stream)
    with file.open("rb") as stream:
        assert pq.read_table(stream, columns=["y"]).column("y").to_pylist()[-1] == 299_999
    with file.open("rb") as stream:
        pd.testing.assert_frame_equal(pd.read_parquet(stream), frame)
    dataset = ShardedDataset.from_data(frame, f"{bucket}/shards", "csv")
    assert len(dataset.load_pandas()) == 300_000


def test_versions(bucket: str, client: Any) -> None:
    client.put_bucket_versioning(Bucket=bucket[5:], VersioningConfiguration={"Status": "Enabled"})
    file = File(f"{bucket}/x")
    file.write("old")
    version = client.head_object(Bucket=bucket[5:], Key="x")["VersionId"]
    file.write("new and longer")
    old = File(f"{file.path}?versionId={version}")
    assert (file.read(), old.read(), old.size()) == ("new and longer", "old", 3)
    assert old.copy_to(f"{bucket}/again").read() == "old"
    file.remove()
    assert not file.exists()
    assert old.read() == "old"
    with pytest.raises(RedunOSError, match="A version of an object cannot be written"):
        old.write("other")
    with pytest.raises(RedunOSError, match="A version of an object cannot be written"):
        File(f"{bucket}/again").copy_to(old.path)


def test_what_is_missing(bucket: str) -> None:
    file = File(f"{bucket}/gone")
    for use in (file.read, file.size, lambda: file.copy_to(f"{bucket}/x")):
        with pytest.raises(RedunFileNotFoundError, match=f"key 'gone' of bucket '{bucket[5:]}'"):
            use()


def test_content_type_follows_the_name(bucket: str, client: Any) -> None:
    for key, kind in {"report.html": "text/html", "x.csv.gz": "binary/octet-stream"}.items():
        File(f"{bucket}/{key}").write("x")
        assert client.head_object(Bucket=bucket[5:], Key=key)["ContentType"] == kind


@pytest.mark.parametrize("threshold", ["5 MiB", "512 MiB"])
def test_the_server_copies(client: Any, bucket: str, files: S3FileSystem, threshold: str) -> None:
    other = bucket + "-other"
    client.create_bucket(Bucket=other[5:])
    files.configure({"copy_threshold": threshold})
    data = bytes(range(256)) * (12 * 4096)
    with files.open(f"{bucket}/big.html", "wb") as stream:
        stream.write(data)
    files.copy(f"{bucket}/big.html", f"{other}/deep/copy")
    assert files.open(f"{other}/deep/copy", "rb").read() == data
    made = client.head_object(Bucket=other[5:], Key="deep/copy")
    assert made["ContentType"] == "text/html"
    files.copy(f"{bucket}/big.html", f"{bucket}/big.html")
    assert files.filesize(f"{bucket}/big.html") == len(data)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=other[5:])
