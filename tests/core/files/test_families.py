"""Ways of knowing files: by content, by path alone, by bytes; sets of files by pattern."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from redun.file import (
    ContentDir,
    ContentFile,
    ContentFileSet,
    ContentStagingDir,
    ContentStagingFile,
    Dir,
    File,
    FileSet,
    IDir,
    IFile,
    IFileSet,
    IStagingDir,
    IStagingFile,
    StagingDir,
    StagingFile,
    validate,
)
from redun.filesystems.errors import RedunFileNotFoundError, RedunOSError
from redun.hashing.values import hash_value
from redun.value.seal import seal, unseal

FAMILIES = [
    (File, FileSet, Dir, StagingFile, StagingDir),
    (IFile, IFileSet, IDir, IStagingFile, IStagingDir),
    (ContentFile, ContentFileSet, ContentDir, ContentStagingFile, ContentStagingDir),
]


def recorded(value: Any) -> Any:
    return unseal(seal(value).payload)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family[0].__name__)
def test_a_value_gives_others_of_its_family(family: tuple[type, ...]) -> None:
    file_class, set_class, dir_class, staging_file, staging_dir = family
    File("d/a").write("a")
    directory = dir_class("d")
    assert type(directory.file("a")) is file_class
    assert [type(file) for file in directory] == [type(file) for file in set_class("d/*")] == [file_class]
    assert type(directory.copy_to("e")) is dir_class
    assert type(directory.file("a").copy_to("b")) is file_class
    assert type(directory.file("a").stage()) is staging_file
    assert type(directory.file("a").stage().local) is file_class
    assert type(directory.stage()) is staging_dir
    assert type(directory.stage("w").local) is dir_class
    assert recorded(directory).path == "d"
    for value in (
        directory,
        set_class("d/*"),
        file_class("d/a"),
        file_class("d/a").stage(),
        directory.stage(),
    ):
        assert seal(value).type_name == f"redun.{type(value).__name__}"
        assert pickle.loads(pickle.dumps(value)).get_hash() == value.get_hash()


def test_the_same_path_is_another_value_in_each_class() -> None:
    File("d/a").write("a")
    values = [cls("d/a") for family in FAMILIES for cls in family[:3]]
    assert len({hash_value(value) for value in values}) == len(values)


def test_a_file_known_by_path_never_changes() -> None:
    Path("a").write_text("one")
    os.mkdir("d")
    values = [IFile("a"), IFileSet("*"), IDir("d"), IFile("a").stage("b")]
    results = recorded(values)
    before = [hash_value(value) for value in values]
    Path("a").unlink()
    Path("d/new").write_text("")
    assert validate(results) == [True] * 4
    assert [hash_value(value) for value in values] == before == [hash_value(value) for value in results]
    assert seal(IDir("d")).parts == ()
    Path("a").write_text("two")
    assert (results[0].read(), results[0].exists()) == ("two", True)


def test_a_content_file_follows_the_bytes() -> None:
    file = ContentFile("a")
    file.write("one")
    result = recorded(file)
    file.touch(0)
    assert (result.is_valid(), ContentFile("a").hash) == (True, result.hash)
    Path("a").write_text("two")
    assert not result.is_valid()
    assert ContentFile("a").hash != result.hash
    Path("b").write_text("two")
    assert ContentFile("a").hash != ContentFile("b").hash


def test_a_content_file_must_be_there() -> None:
    with pytest.raises(RedunFileNotFoundError, match="a ContentFile is known by its bytes: 'nope'"):
        _ = ContentFile("nope").hash
    with pytest.raises(RedunFileNotFoundError, match="nope"):
        seal([ContentFile("nope")])
    os.mkdir("d")
    with pytest.raises(
        RedunOSError, match="Not a regular file, and a ContentFile is known by its bytes: 'd'"
    ):
        _ = ContentFile("d").hash
    file = ContentFile("a")
    file.write("one")
    result = recorded(file)
    Path("a").unlink()
    assert not result.is_valid()
    assert validate([result]) == [False]
    assert repr(ContentFile("nope")) == "ContentFile(path=nope)"


def test_a_set_of_files() -> None:
    for name in ("b.txt", "a.txt", ".hidden.txt", "deep/c.txt", "other.csv"):
        File(f"d/{name}").write(name)
    os.mkdir("d/dir.txt")
    files = FileSet("d/*.txt")
    assert [file.path for file in files] == ["d/.hidden.txt", "d/a.txt", "d/b.txt"]
    assert [file.path for file in FileSet("d/**/*.txt").files()][-1] == "d/deep/c.txt"
    assert (files.pattern, FileSet(Path("d") / "*").pattern, files.exists()) == ("d/*.txt", "d/*", True)
    assert not FileSet("e/*").exists()
    assert FileSet.parse_arg(FileSet, "d/*").pattern == "d/*"
    sealed = seal(files)
    assert [part.value.path for part in sealed.parts] == ["d/.hidden.txt", "d/a.txt", "d/b.txt"]
    assert [part.hash for part in sealed.parts] == [hash_value(File(file.path)) for file in files]


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        (lambda: File("d/a.txt").touch(), True),
        (lambda: File("d/other.csv").write("new"), True),
        (lambda: os.mkdir("d/new.txt"), True),
        (lambda: File("d/a.txt").write("other"), False),
        (lambda: File("d/a.txt").remove(), False),
        (lambda: File("d/new.txt").write("new"), False),
        (lambda: os.rename("d/a.txt", "d/z.txt"), False),
    ],
)
@pytest.mark.parametrize("cls", [FileSet, ContentFileSet])
def test_a_set_changes_with_its_members(cls: type[FileSet], change: Any, valid: bool) -> None:
    for name in ("a.txt", "b.txt"):
        File(f"d/{name}").write(name)
    result = recorded(cls("d/*.txt"))
    change()
    assert result.is_valid() is valid
    assert (cls("d/*.txt").hash == result.hash) is valid
