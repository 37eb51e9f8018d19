"""Files of S3 as values: what they are known by, how few requests that takes, and whole workflows."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import boto3
import pytest
from redun import Dir, File, Scheduler, script, task
from redun.file import ContentFile, FileSet, IFile, validate
from redun_fs_s3.filesystem import S3FileSystem
from services.aws_client import LocalAws

redun_namespace = "tests.s3"
ran: list[str] = []


def test_equal_content_is_one_value(bucket: str) -> None:
    file = File(f"{bucket}/x")
    missing = file.hash
    file.write("text")
    written = file.hash
    assert written != missing
    assert File(file.path).hash == written
    file.write("text")
    assert file.hash == written
    file.write("other")
    assert file.hash != written
    file.remove()
    assert file.hash == missing
    File(f"{bucket}/x/below").write("")
    assert file.hash != missing


def test_large_files_written_again_are_one_value(bucket: str) -> None:
    file, hashes = File(f"{bucket}/large"), set()
    data = bytes(range(256)) * 36_000
    for pieces in (1, 7):
        with file.open("wb") as stream:
            for start in range(0, len(data), len(data) // pieces + 1):
                stream.write(data[start : start + len(data) // pieces + 1])
        hashes.add(file.hash)
    assert len(hashes) == 1


def test_one_listing_tells_what_asking_for_each_does(bucket: str) -> None:
    directory = Dir(f"{bucket}/d")
    for number in range(20):
        directory.file(f"{number}").write(f"{number}")
    large = directory.file("large")
    large.write(b"x" * (9 << 20))
    several = FileSet(f"{directory.path}/*")
    listed = {file.path: file.hash for value in (directory, several) for file in value.__redun_parts__()}
    assert listed == {file.path: File(file.path).hash for file in directory}


def test_content_files_are_read(bucket: str, client: Any) -> None:
    file = ContentFile(f"{bucket}/x")
    file.write(b"x" * (6 << 20))
    before = file.hash
    # In parts, its ETag is another; its content is not.
    started = client.create_multipart_upload(Bucket=bucket[5:], Key="x")["UploadId"]
    named = {"Bucket": bucket[5:], "Key": "x", "UploadId": started}
    parts = [
        {
            "PartNumber": number,
            "ETag": client.upload_part(**named, PartNumber=number, Body=b"x" * size)["ETag"],
        }
        for number, size in ((1, 5 << 20), (2, 1 << 20))
    ]
    plain = File(file.path).hash
    client.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    assert File(file.path).hash != plain
    assert file.hash == before
    assert file.is_valid()
    file.write("y")
    assert file.hash != before


def test_values_keep_what_they_saw(bucket: str) -> None:
    file, immutable = File(f"{bucket}/x"), IFile(f"{bucket}/x")
    file.write("text")
    back = pickle.loads(pickle.dumps([file, Dir(bucket), immutable]))
    assert validate(back) == [True, True, True]
    file.write("other")
    assert validate(back) == [False, False, True]


def test_many_files_take_few_requests(moto: LocalAws, moto_bucket: str) -> None:
    files = [File(f"{moto_bucket}/run/{number:03}/out.txt") for number in range(120)]
    for file in files:
        file.write(file.path)
    seen = pickle.loads(pickle.dumps([*files, File(f"{moto_bucket}/run/999")]))
    moto.clear()
    assert all(validate(seen))
    assert sum(moto.calls().values()) == 1, moto.calls()
    moto.clear()
    assert len(Dir(moto_bucket).hash) == 40
    assert len(FileSet(f"{moto_bucket}/**/out.txt").files()) == 120
    assert sum(moto.calls().values()) == 2, moto.calls()


@task
def sizes(files: list[File]) -> list[int]:
    return [len(file.path) for file in files]


@task
def copies(folder: str, count: int) -> list[File]:
    made = [File(f"{folder}/{number}") for number in range(count)]
    for file in made:
        file.write("x")
    return made


@task
def length(file: File) -> int:
    return len(file.path)


def test_workflows_of_many_files_take_few_requests(moto: LocalAws, moto_bucket: str) -> None:
    scheduler = Scheduler()
    made = scheduler.run(copies(f"{moto_bucket}/made", 60))
    assert dict(moto.calls()) == {"s3:PUT object": 60, "s3:GET bucket?list-type": 1}
    moto.clear()
    paths = [file.path for file in made]
    # Hashed, as so many arguments and in a list; and looked at again for the cached result.
    again = [copies(f"{moto_bucket}/made", 60), sizes([File(path) for path in paths])]
    scheduler.run([again, [length(File(path)) for path in paths]])
    assert sum(moto.calls().values()) <= 4, moto.calls()
    changed = File(paths[7])
    changed.write("changed")
    assert validate(made).count(False) == 1


def test_files_far_apart_are_asked_for_one_by_one(moto: LocalAws, moto_bucket: str) -> None:
    client = boto3.client("s3", **moto.arguments())
    for number in range(3):
        client.put_object(Bucket=moto_bucket[5:], Key=f"{number}/x", Body=b"")
    files = S3FileSystem()
    paths = [f"{moto_bucket}/{number}/x" for number in range(12)]
    found = files.fingerprints(paths, [None] * len(paths))
    assert [seen.size for seen in found] == [0] * 3 + [-1] * 9


def test_small_files_take_one_request_to_read_and_one_to_write(moto: LocalAws, moto_bucket: str) -> None:
    file = File(f"{moto_bucket}/x")
    file.write("text")
    assert file.read() == "text"
    assert dict(moto.calls()) == {"s3:PUT object": 1, "s3:GET object": 1}


@task
def upper(file: File, out: str) -> File:
    ran.append("upper")
    made = File(out)
    made.write(file.read().upper())
    return made


@task
def total(directory: Dir) -> int:
    ran.append("total")
    return sum(file.size() for file in directory)


def test_workflow(bucket: str) -> None:
    scheduler = Scheduler()
    source, out = File(f"{bucket}/in/a.txt"), f"{bucket}/out/a.txt"
    source.write("text")

    def run() -> list[str]:
        ran.clear()
        result = scheduler.run([upper(File(source.path), out), total(Dir(f"{bucket}/in"))])
        assert result[0].read() == source.read().upper()
        assert result[1] == source.size()
        return sorted(ran)

    assert run() == ["total", "upper"]
    assert run() == []
    source.touch()
    assert run() == []
    source.write("longer text")
    assert run() == ["total", "upper"]
    File(out).remove()
    assert run() == ["upper"]
    File(f"{bucket}/in/b.txt").write("")
    assert run() == ["total"]


@task
def count_lines(file: File, out: str) -> Any:
    return script(
        "wc -l < lines.txt > count.txt",
        inputs=[file.stage("lines.txt"), Dir(f"{file.dirname()}").stage("all")],
        outputs={"count": File(out).stage("count.txt"), "all": Dir(out + ".d").stage("all")},
        tempdir=True,
    )


@pytest.mark.parametrize("endpoint", ["moto"], indirect=True)
def test_script_stages(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDUN_S3_CP", f"{sys.executable} -m redun_fs_s3 cp")
    file = File(f"{bucket}/in/some lines.txt")
    file.write("a\nb\n")
    result = Scheduler().run(count_lines(file, f"{bucket}/out/count.txt"))
    assert result["count"].read().strip() == "2"
    assert [found.path for found in result["all"]] == [f"{bucket}/out/count.txt.d/some lines.txt"]
