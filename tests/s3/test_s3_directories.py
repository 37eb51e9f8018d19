"""Directories of S3, which are nothing but what keys begin with."""

from __future__ import annotations

import glob
import os
import random
from pathlib import Path
from typing import Any

import pytest
from redun.file import ContentDir, Dir, File, FileSet, copy_file, glob_file
from redun.filesystems import RedunFileNotFoundError, RedunOSError

KEYS = [
    "a.txt",
    "b.txt",
    ".hidden",
    ".git/config",
    "foo/x.txt",
    "foo/deep/y.txt",
    "foo/deep/er/z.csv",
    "foobar/x.txt",
    "fo[o]/x.txt",
    "data-1/part-00.csv",
    "data-2/part-01.csv",
    "data-2/part-10.csv",
    "a b/ü.txt",
    "foo.d/x",
]
PATTERNS = [
    "*",
    "*.txt",
    "?.txt",
    "[ab].txt",
    "[!a].txt",
    "[!a]*",
    "foo",
    "foo/",
    "foo/*",
    "foo*/x.txt",
    "fo[[]o]/*",
    "*/",
    "*/*",
    "*/*/*",
    "*/*.txt",
    "data-*/part-[0-1][0-9].csv",
    "data-[12]/*0.csv",
    "data-*/part-01.csv",
    "**",
    "**/",
    "**/*",
    "**/*.txt",
    "**/x.txt",
    "**/deep/**",
    "foo/**",
    "foo/**/*.csv",
    "foo/**/**/y.txt",
    "f**/x.txt",
    "*/**/z.csv",
    "**/*r/*",
    ".*",
    "[",
    "[]",
    "nothing/*",
    "nothing",
    "nothing/**",
    "[z-a].txt",
    "[]a].txt",
]


@pytest.fixture
def tree(bucket: str, here: Path) -> str:
    """The same files in a bucket and in the current directory."""
    for key in KEYS:
        File(f"{bucket}/{key}").write(key)
        File(key).write(key)
    return bucket


def local_glob(here: Path, pattern: str) -> list[str]:
    found = glob.glob(f"{glob.escape(str(here))}/{pattern}", recursive=True, include_hidden=True)
    # Python lets `nothing/**` match `nothing/`; and the bucket is no directory of its own.
    return sorted(path for path in set(found) if os.path.exists(path) and path != f"{here}/")


@pytest.mark.slow
def test_globs_match_as_on_this_machine(tree: str, here: Path) -> None:
    for pattern in PATTERNS:
        local = local_glob(here, pattern)
        found = [path.replace(tree, str(here), 1) for path in glob_file(f"{tree}/{pattern}")]
        assert sorted(found) == local, pattern
        files = [path for path in local if not os.path.isdir(path)]
        assert [file.path.replace(tree, str(here), 1) for file in FileSet(f"{tree}/{pattern}")] == files


def test_random_globs_match_as_on_this_machine(tree: str, here: Path) -> None:
    chosen = random.Random(3)
    for _ in range(60):
        parts = [
            "".join(chosen.choices(["*", "?", "f", "o", "[a-g]", "x", ".", "d", "**"], k=3)) for _ in "ab"
        ]
        pattern = "/".join(chosen.sample([*parts, "**", "*"], chosen.choice([1, 2, 3])))
        local = local_glob(here, pattern)
        found = [path.replace(tree, str(here), 1) for path in glob_file(f"{tree}/{pattern}")]
        assert sorted(found) == local, pattern


def test_directories_are_not_what_merely_begins_like_them(tree: str) -> None:
    assert [file.path for file in Dir(f"{tree}/foo")] == [
        f"{tree}/foo/{name}" for name in ("deep/er/z.csv", "deep/y.txt", "x.txt")
    ]
    assert Dir(f"{tree}/foo").exists()
    assert not Dir(f"{tree}/fo").exists()
    assert not File(f"{tree}/fo").isdir()
    assert not File(f"{tree}/foo").isfile()
    assert File(f"{tree}/foo").isdir()
    assert File(f"{tree}/foo/").isdir()
    assert Dir(tree).exists()
    assert len(Dir(tree).files()) == len(KEYS)
    assert Dir(f"{tree}/foo").file("x.txt").read() == "foo/x.txt"


def test_a_name_may_be_a_file_and_a_directory(bucket: str) -> None:
    File(f"{bucket}/a").write("file")
    File(f"{bucket}/a/b").write("below")
    assert File(f"{bucket}/a").isfile()
    assert File(f"{bucket}/a").isdir()
    assert glob_file(f"{bucket}/*") == [f"{bucket}/a"]
    assert [file.path for file in FileSet(f"{bucket}/*")] == [f"{bucket}/a"]
    assert [file.path for file in FileSet(f"{bucket}/**")] == [f"{bucket}/a", f"{bucket}/a/b"]
    Dir(f"{bucket}/a").rmdir(recursive=True)
    assert File(f"{bucket}/a").read() == "file"


def test_slashes_that_follow_each_other(bucket: str) -> None:
    File(f"{bucket}/a//b").write("x")
    assert [file.path for file in Dir(f"{bucket}/a")] == [f"{bucket}/a//b"]
    assert Dir(bucket).files()[0].read() == "x"
    assert glob_file(f"{bucket}/a//*") == [f"{bucket}/a//b"]
    assert glob_file(f"{bucket}/a/*") == []


def test_empty_directories(bucket: str, client: Any) -> None:
    empty = Dir(f"{bucket}/empty")
    missing = empty.hash
    assert not empty.exists()
    empty.mkdir()
    empty.mkdir()
    assert empty.exists()
    assert empty.hash != missing
    assert empty.files() == []
    assert glob_file(f"{bucket}/*") == [empty.path]
    assert FileSet(f"{bucket}/**").files() == []
    assert File(empty.path).isdir()
    assert not File(f"{empty.path}/").isfile()
    empty.file("x").write("x")
    with pytest.raises(RedunOSError, match="not empty; remove it with recursive=True"):
        empty.rmdir()
    empty.file("x").remove()
    empty.rmdir()
    empty.rmdir()
    assert not empty.exists()
    client.put_object(Bucket=bucket[5:], Key="full/")
    File(f"{bucket}/full/x").write("x")
    Dir(f"{bucket}/full").mkdir()
    Dir(f"{bucket}/full").rmdir(recursive=True)
    assert "Contents" not in client.list_objects_v2(Bucket=bucket[5:])


def test_copies_of_directories(tree: str, here: Path, client: Any) -> None:
    copied = Dir(f"{tree}/foo").copy_to(f"{tree}/copy")
    assert [copied.rel_path(file.path) for file in copied] == ["deep/er/z.csv", "deep/y.txt", "x.txt"]
    assert copied.file("deep/y.txt").read() == "foo/deep/y.txt"
    down = Dir(f"{tree}/foo").copy_to("down")
    assert [file.read() for file in down] == [file.read() for file in copied]
    copy_file("down", f"{tree}/up", recursive=True)
    assert [file.read() for file in Dir(f"{tree}/up")] == [file.read() for file in copied]
    with pytest.raises(RedunFileNotFoundError, match="No such directory to copy"):
        Dir(f"{tree}/nothing").copy_to(f"{tree}/x")
    assert not any(item["Key"].endswith("/") for item in client.list_objects_v2(Bucket=tree[5:])["Contents"])


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", ["ceph"], indirect=True)
def test_more_than_a_page(bucket: str, client: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def put(number: int) -> None:
        client.put_object(Bucket=bucket[5:], Key=f"many/{number:04}", Body=b"%d" % number)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(put, range(1030)))
    many = Dir(f"{bucket}/many")
    assert len(many.files()) == 1030
    assert len(glob_file(f"{bucket}/many/*")) == 1030
    assert len(glob_file(f"{bucket}/many/10*")) == 30
    files = [File(f"{bucket}/many/{number:04}") for number in range(1040)]
    seen = many.filesystem.fingerprints([file.path for file in files], [None] * len(files))
    assert [found.size for found in seen] == [len(str(number)) for number in range(1030)] + [-1] * 10
    for found, file in zip(seen[::50], files[::50], strict=True):
        assert found.same(file.filesystem.fingerprint(file.path))
    many.rmdir(recursive=True)
    assert not many.exists()


def test_content_dir_reads(bucket: str) -> None:
    directory = ContentDir(f"{bucket}/d")
    for number in range(12):
        directory.file(f"{number}").write(f"{number}")
    before = directory.hash
    directory.file("7").write("7")
    assert directory.hash == before
    directory.file("7").write("8")
    assert directory.hash != before
