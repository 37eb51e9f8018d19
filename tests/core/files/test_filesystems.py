"""File systems by scheme, and validity asked for in batches."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pytest
from redun.errors import UnknownProviderError
from redun.file import Dir, File, validate
from redun.filesystems import FileSystem, Fingerprint, get_filesystem, list_schemes, set_filesystem_resolver
from redun.filesystems.base import MISSING, Listing
from redun.hashing.digest import digest
from redun.value.seal import seal, unseal


class MemoryFileSystem(FileSystem):
    """Files in a dict, as a plugin might supply them."""

    scheme = "mem"

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.batches: list[int] = []

    def open(self, path: str, mode: str = "r", encoding: str | None = None, **options: Any) -> IO[Any]:
        if "w" not in mode:
            return io.BytesIO(self.files[path]) if "b" in mode else io.StringIO(self.files[path].decode())
        files = self.files

        class Stream(io.BytesIO):
            def close(self) -> None:
                files[path] = self.getvalue()
                super().close()

        return Stream() if "b" in mode else io.TextIOWrapper(Stream(), encoding or "utf-8")

    def exists(self, path: str) -> bool:
        return self.isfile(path) or self.isdir(path)

    def isfile(self, path: str) -> bool:
        return path in self.files

    def isdir(self, path: str) -> bool:
        return any(name.startswith(path + "/") for name in self.files)

    def filesize(self, path: str) -> int:
        return len(self.files[path])

    def remove(self, path: str) -> None:
        self.files.pop(path, None)

    def touch(self, path: str, time: float | None = None) -> None:
        self.files.setdefault(path, b"")

    def mkdir(self, path: str) -> None: ...

    def rmdir(self, path: str, recursive: bool = False) -> None:
        for name in [name for name in self.files if name.startswith(path + "/")]:
            del self.files[name]

    def glob(self, pattern: str) -> list[str]:
        return [name for name in sorted(self.files) if Path(name).match(pattern)]

    def listing(self, path: str) -> Listing:
        return Listing(
            sorted(name[len(path) + 1 :] for name in self.files if name.startswith(path + "/")), []
        )

    def copy(self, source: str, dest: str) -> None:
        self.files[dest] = self.files[source]

    def stat_signature(self, path: str) -> tuple[Any, ...] | None:
        return (self.files[path],) if path in self.files else None

    def fingerprint(self, path: str, known: Fingerprint | None = None) -> Fingerprint:
        data = self.files.get(path)
        return MISSING if data is None else Fingerprint(digest(b"content", data), len(data), None)

    def fingerprints(self, paths: Sequence[str], known: Sequence[Fingerprint | None]) -> list[Fingerprint]:
        self.batches.append(len(paths))
        return super().fingerprints(paths, known)


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    filesystem = MemoryFileSystem()
    asked: list[str] = []

    def resolve(scheme: str) -> FileSystem | None:
        asked.append(scheme)
        return filesystem if scheme == "mem" else None

    set_filesystem_resolver(resolve, lambda: ["mem", "other"])
    yield filesystem
    assert asked.count("mem") <= 1
    set_filesystem_resolver(None)


def test_a_plugin_supplies_a_scheme(memory: MemoryFileSystem) -> None:
    file = File("mem://bucket/d/a.txt")
    file.write("content")
    assert file.read() == "content"
    assert file.filesystem is memory is get_filesystem("MEM://x")
    assert file.copy_to("local.txt").read() == "content"
    assert File("local.txt").copy_to("mem://bucket/d/b.txt").read("rb") == b"content"
    directory = Dir("mem://bucket/d")
    assert [directory.rel_path(found.path) for found in directory] == ["a.txt", "b.txt"]
    result = unseal(seal([file, directory]).payload)
    assert validate(result) == [True, True]
    memory.files["mem://bucket/d/a.txt"] = b"changed"
    assert validate(result) == [False, False]
    assert list_schemes() == ["file", "http", "https", "mem", "other"]


def test_a_scheme_that_nobody_supplies(memory: MemoryFileSystem) -> None:
    with pytest.raises(UnknownProviderError, match=r"s9://.*known: file, http, https, mem, other"):
        get_filesystem("s9://bucket")
    assert get_filesystem("C:/windows").scheme == "file"
    assert get_filesystem("relative/path:x").scheme == "file"


class Stamp:
    def __init__(self, valid: bool) -> None:
        self.valid = valid

    def __redun_valid__(self) -> bool:
        return self.valid


def test_validity_is_asked_once_per_filesystem(memory: MemoryFileSystem) -> None:
    files = [File(f"{where}f{number}") for number in range(5) for where in ("", "mem://x/")]
    for file in files:
        file.write("x")
    results = [unseal(seal(file).payload) for file in files]
    Path("f3").write_text("y")
    memory.files.pop("mem://x/f1")
    memory.batches.clear()
    answers = validate([Stamp(False), *results, Stamp(True), Dir("d")])
    assert memory.batches == [5]
    assert answers[0] is False
    assert answers[-2:] == [True, True]
    assert [file.path for file, valid in zip(files, answers[1:], strict=False) if not valid] == [
        "mem://x/f1",
        "f3",
    ]
    assert validate([]) == []


def test_what_cannot_be_looked_at_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        File(name).write(name)
    results = [unseal(seal(File(name)).payload) for name in ("a", "b")]

    def refuse(path: Any, *args: Any, **options: Any) -> Any:
        if path == "a":
            raise PermissionError(13, "Permission denied", path)
        return open(path, *args, **options)

    monkeypatch.setattr("redun.filesystems.content.open", refuse, raising=False)
    assert validate(results) == [False, True]


def test_local_globbing_sees_hidden_files() -> None:
    for name in ("d/.a.txt", "d/b.txt", "d/e/c.txt"):
        File(name).write("")
    filesystem = get_filesystem("d")
    assert filesystem.glob("d/*.txt") == ["d/.a.txt", "d/b.txt"]
    assert filesystem.glob("d/**/*.txt") == ["d/.a.txt", "d/b.txt", "d/e/c.txt"]
    assert filesystem.stat_signature("nope") is None
    assert filesystem.stat_signature("d/b.txt") == filesystem.stat_signature("d/b.txt")
