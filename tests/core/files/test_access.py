"""Functions by URL, and file systems that a workflow registers."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, ClassVar

import pytest
from redun import Scheduler, task
from redun.errors import PluginError, UnknownProviderError
from redun.file import (
    Dir,
    File,
    FileSystem,
    HTTPFileSystem,
    LocalFileSystem,
    copy_file,
    get_filesystem,
    get_filesystem_class,
    get_proto,
    glob_file,
    list_filesystems,
    open_file,
    register_filesystem,
)
from redun.filesystems import registry
from redun.value.seal import seal, unseal


def test_which_file_system() -> None:
    assert [get_proto(url) for url in (None, "a/b", "S3://b/k", "file:///x")] == [
        "local",
        "local",
        "s3",
        "local",
    ]
    assert isinstance(get_filesystem(url="a/b"), LocalFileSystem)
    assert get_filesystem("local") is get_filesystem(url="a") is File("a").filesystem
    assert get_filesystem("http") is get_filesystem(url="http://x.org/a")
    assert get_filesystem_class("http") is HTTPFileSystem
    assert get_filesystem_class(url="a") is LocalFileSystem
    assert [cls.name for cls in list_filesystems()][:3] == ["local", "http", "https"]
    with pytest.raises(UnknownProviderError, match=r"gs://.*redun-fs-gs"):
        get_filesystem("gs")


def test_functions_by_url() -> None:
    with open_file("d/a.txt", "w") as stream:
        stream.write("ä")
    assert open_file(Path("d") / "a.txt", encoding="latin-1").read() == "Ã¤"
    copy_file("d/a.txt", "d/b.txt")
    copy_file("d", "e", recursive=True)
    assert glob_file("e/*.txt") == ["e/a.txt", "e/b.txt"]
    with pytest.raises(ValueError, match="give two paths"):
        copy_file(None, "e", recursive=True)


def test_standard_input_and_output() -> None:
    code = "from redun.file import copy_file; copy_file(None, 'a'); copy_file('a', None)"
    done = subprocess.run([sys.executable, "-c", code], input=b"\x00piped", capture_output=True, check=True)
    assert (done.stdout, Path("a").read_bytes()) == (b"\x00piped", b"\x00piped")


@pytest.fixture
def unregister() -> Iterator[None]:
    classes, made = dict(registry._classes), dict(registry._filesystems)
    yield
    registry._classes.clear()
    registry._classes.update(classes)
    registry._filesystems.clear()
    registry._filesystems.update(made)


class Smallest(FileSystem):
    """No more than must be there; named as for redun 0.44."""

    name = "smallest"
    files: ClassVar[dict[str, bytes]] = {}

    def open(self, path: str, mode: str = "r", encoding: str | None = None, **options: Any) -> IO[Any]:
        assert not options
        if "w" not in mode:
            stream = io.BytesIO(self.files[path])
            return stream if "b" in mode else io.TextIOWrapper(stream, encoding or "utf-8")
        files = self.files

        class Stream(io.BytesIO):
            def close(self) -> None:
                if not self.closed:
                    files[path] = self.getvalue()
                super().close()

        return Stream() if "b" in mode else io.TextIOWrapper(Stream(), encoding or "utf-8")

    def exists(self, path: str) -> bool:
        return self.isfile(path) or self.isdir(path)

    def isfile(self, path: str) -> bool:
        return path in self.files

    def isdir(self, path: str) -> bool:
        return any(name.startswith(path.rstrip("/") + "/") for name in self.files)

    def filesize(self, path: str) -> int:
        return len(self.files[path])

    def remove(self, path: str) -> None:
        self.files.pop(path, None)

    def touch(self, path: str, time: float | None = None) -> None:
        self.files.setdefault(path, b"")

    def mkdir(self, path: str) -> None: ...

    def rmdir(self, path: str, recursive: bool = False) -> None: ...

    def glob(self, pattern: str) -> list[str]:
        import fnmatch

        return sorted(fnmatch.filter(self.files, pattern))

    def copy(self, source: str, dest: str) -> None:
        self.files[dest] = self.files[source]


@pytest.mark.usefixtures("unregister")
def test_a_small_class_makes_a_file_system() -> None:
    assert register_filesystem(Smallest) is Smallest
    assert Smallest.scheme == "smallest"
    file = File("smallest://b/d/a")
    file.write("one", mode="w")
    with file.open("w", atomic=False) as stream:
        stream.write("one")
    file.copy_to("smallest://b/d/deep/b")
    assert isinstance(get_filesystem("smallest"), Smallest)
    assert Smallest in list_filesystems()
    directory = Dir("smallest://b/d")
    assert [directory.rel_path(found.path) for found in directory] == ["a", "deep/b"]
    results = unseal(seal([file, directory, File("smallest://nope")]).payload)
    assert [result.is_valid() for result in results] == [True, True, True]
    Smallest.files["smallest://b/d/a"] = b"two"
    assert [result.is_valid() for result in results] == [False, False, True]
    directory.copy_to("here")
    assert File("here/a").read() == "two"
    assert directory.stage().render_stage() == "redun fs cp --recursive smallest://b/d d"


@pytest.mark.usefixtures("unregister")
def test_a_signature_spares_reading() -> None:
    opened: list[str] = []

    @register_filesystem
    class Versioned(Smallest):
        name = "versioned"

        def stat_signature(self, path: str) -> tuple[Any, ...] | None:
            return ("version", len(self.files[path])) if path in self.files else None

        def open(self, path: str, mode: str = "r", *args: Any, **options: Any) -> IO[Any]:
            opened.append(mode)
            return super().open(path, mode, *args, **options)

    File("versioned://a").write("one")
    result = unseal(seal(File("versioned://a")).payload)
    opened.clear()
    assert result.is_valid()
    assert opened == []
    File("versioned://a").write("longer")
    assert not result.is_valid()


def test_a_file_system_without_a_scheme() -> None:
    with pytest.raises(PluginError, match=r"Nameless names no scheme; set `name`"):

        @register_filesystem
        class Nameless(FileSystem): ...


@pytest.mark.usefixtures("unregister")
def test_a_file_system_is_configured_on_first_use() -> None:
    @register_filesystem
    class Shelf(Smallest):
        name = "shelf"
        options: Mapping[str, Any] | None = None

        def configure(self, options: Mapping[str, Any]) -> None:
            assert self.options is None
            self.options = options

    @task(namespace="access", version="1")
    def look(path: str) -> bool:
        return File(path).exists()

    with Scheduler({"filesystems.shelf": {"endpoint": "here"}}) as scheduler:
        assert scheduler.run([look("shelf://top"), look("shelf://bottom")]) == [False, False]
    shelf = get_filesystem("shelf")
    assert isinstance(shelf, Shelf)
    assert shelf.options is not None
    assert dict(shelf.options) == {"endpoint": "here"}
    assert shelf.environment() == {}
