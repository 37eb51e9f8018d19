"""`Dir`: all files below as one value."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from redun.file import Dir, File
from redun.hashing.values import hash_value
from redun.value.seal import seal, unseal


def recorded(directory: Dir) -> Any:
    return unseal(seal(directory).payload)


@pytest.fixture
def tree() -> Dir:
    for name in ("b.txt", "a/z.txt", "a/.hidden", ".git/config", "a/b/c/d"):
        File(f"t/{name}").write(name)
    return Dir("t")


def names(directory: Dir) -> list[str]:
    return [directory.rel_path(file.path) for file in directory]


def test_files_are_listed_sorted_and_hidden_ones_too(tree: Dir) -> None:
    assert names(tree) == [".git/config", "a/.hidden", "a/b/c/d", "a/z.txt", "b.txt"]
    assert tree.file("b.txt").read() == "b.txt"
    assert tree.exists()
    with pytest.raises(ValueError, match="not below"):
        tree.rel_path("tt/b.txt")


@pytest.mark.parametrize(
    "change",
    [
        lambda: File("t/b.txt").write("other"),
        lambda: File("t/a/.hidden").write("other"),
        lambda: File("t/new").write(""),
        lambda: File("t/b.txt").remove(),
        lambda: os.rename("t/b.txt", "t/c.txt"),
        lambda: os.rename("t/a/z.txt", "t/z.txt"),
        lambda: os.symlink("nowhere", "t/link"),
        lambda: Dir("t").rmdir(recursive=True),
    ],
)
def test_any_change_of_content_invalidates(tree: Dir, change: Any) -> None:
    result = recorded(tree)
    assert result.is_valid()
    change()
    assert not result.is_valid()
    assert Dir("t").hash != result.hash


@pytest.mark.parametrize(
    "change",
    [
        lambda: File("t/b.txt").touch(),
        lambda: File("t/b.txt").write("b.txt"),
        lambda: Dir("t/empty/more").mkdir(),
        lambda: os.chmod("t/b.txt", 0o600),
    ],
)
def test_what_is_no_content_does_not(tree: Dir, change: Any) -> None:
    result = recorded(tree)
    change()
    assert result.is_valid()
    assert Dir("t").hash == result.hash == pickle.loads(pickle.dumps(result)).hash


def test_missing_and_empty_differ() -> None:
    missing = Dir("m")
    assert missing.files() == []
    hash_ = missing.hash
    missing.mkdir()
    assert missing.hash != hash_
    missing.rmdir()
    assert missing.hash == hash_
    missing.rmdir()


def test_links_are_followed_once_and_loops_end(tree: Dir) -> None:
    os.symlink("..", "t/a/up")
    os.symlink(".", "t/self")
    os.symlink("b.txt", "t/to-file")
    File("elsewhere/x").write("x")
    os.symlink("../elsewhere", "t/out1")
    os.symlink("../elsewhere", "t/out2")
    for number in range(12):
        os.mkdir(f"t/m{number}")
        for other in range(12):
            os.symlink(f"../m{other}", f"t/m{number}/to{other}")
    found = names(tree)
    assert "to-file" in found
    assert [name for name in found if name.endswith("/x")] in (["out1/x"], ["out2/x"])
    assert len(found) == 7
    result = recorded(tree)
    File("elsewhere/x").write("y")
    assert not result.is_valid()
    assert tree.hash == result.hash
    assert Dir("t").hash == Dir("t").hash


def test_a_link_that_points_elsewhere_is_another_content(tree: Dir) -> None:
    os.symlink("nowhere", "t/link")
    result = recorded(tree)
    os.remove("t/link")
    os.symlink("anywhere", "t/link")
    assert not result.is_valid()


def test_a_directory_is_recorded_with_its_files(tree: Dir) -> None:
    sealed = seal(tree)
    assert sealed.type_name == "redun.Dir"
    assert sealed.preview == repr(tree) == f"Dir(path=t, hash={tree.hash[:8]})"
    assert [part.value.path for part in sealed.parts] == [file.path for file in tree]
    assert [part.hash for part in sealed.parts] == [hash_value(File(file.path)) for file in tree]
    nested = seal([tree])
    assert nested.parts[0].hash == sealed.hash
    assert len(nested.parts[0].parts) == 5


def test_copying_and_removing(tree: Dir) -> None:
    copied = tree.copy_to("u")
    assert names(copied) == names(tree)
    assert copied.hash != tree.hash
    File("u/b.txt").write("kept")
    tree.copy_to(copied, skip_if_exists=True)
    assert File("u/b.txt").read() == "kept"
    with pytest.raises(OSError, match="u"):
        copied.rmdir()
    copied.rmdir(recursive=True)
    assert not copied.exists()


def test_paths() -> None:
    assert (Dir("t/").path, Dir("/").path, Dir(Path("t")).path, Dir("file:///t/").path) == (
        "t",
        "/",
        "t",
        "/t",
    )
    assert Dir("/").file("x").path == "/x"
    assert Dir("/").rel_path("/x") == "x"
    assert Dir.parse_arg(Dir, "t").path == "t"
    assert hash_value(Dir("t")) != hash_value(File("t"))
