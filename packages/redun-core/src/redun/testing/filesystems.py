"""The suite that every file system must pass.

Floor: composition.
"""

from __future__ import annotations

import io
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest

from redun.errors import FileSystemError
from redun.file import Dir, File, IFile, get_filesystem
from redun.filesystems import FileSystem
from redun.session import Scheduler
from redun.task.decorator import task
from redun.testing.conformance import Conformance
from redun.value.seal import seal, unseal

__all__ = ["FileSystemConformance"]

LARGE = (1 << 20) * 9 + 17


@task(namespace="redun.testing", version="1")
def capitals(file: File, path: str) -> File:
    """Write the text of a file in capitals."""
    made = File(path)
    made.write(file.read().upper())
    return made


class FileSystemConformance(Conformance):
    """What a file system owes to `File` and `Dir`. Subclass it in a test module and say where there is room.

    Attributes
    ----------
    empty_folders : bool
        A folder that was made is there although it is empty.
    shell : bool
        The commands of `shell_copy` run on this machine.

    Examples
    --------
    .. code-block:: python

        from redun.testing import FileSystemConformance


        class TestClusterFiles(FileSystemConformance):
            @pytest.fixture
            def root(self, cluster):
                return f"cluster://{cluster.bucket}/conformance"
    """

    empty_folders: ClassVar[bool] = True
    shell: ClassVar[bool] = True

    # What a subclass supplies.

    @pytest.fixture
    def root(self) -> str:
        """Return an empty folder, as path or URL without a slash at the end; new for each test."""
        raise NotImplementedError("Give your subclass a fixture `root`: an empty folder of the file system.")

    @pytest.fixture
    def filesystem(self, root: str) -> FileSystem:
        """Return the file system under test."""
        return get_filesystem(url=root)

    @pytest.fixture
    def put(self, filesystem: FileSystem) -> Callable[[str, bytes], str]:
        """Return a function that writes a file."""

        def put(path: str, data: bytes) -> str:
            with filesystem.open(path, "wb") as stream:
                stream.write(data)
            return path

        return put

    # One file.

    @pytest.mark.parametrize("data", [b"", b"\0\xff text\r\n", bytes(range(256)) * 256])
    def test_what_is_written_is_read(
        self, filesystem: FileSystem, root: str, put: Callable[[str, bytes], str], data: bytes
    ) -> None:
        path = put(f"{root}/deep/folder/file.bin", data)
        with filesystem.open(path, "rb") as stream:
            assert stream.read() == data
        assert filesystem.filesize(path) == len(data)
        assert (filesystem.exists(path), filesystem.isfile(path), filesystem.isdir(path)) == (
            True,
            True,
            False,
        )

    def test_text(self, filesystem: FileSystem, root: str) -> None:
        path = f"{root}/text"
        with filesystem.open(path, "w", encoding="utf-16") as stream:
            stream.write("erste Zeile: ä\nzweite\n")
        with filesystem.open(path, "r", encoding="utf-16") as stream:
            assert list(stream) == ["erste Zeile: ä\n", "zweite\n"]
        File(path).write("ö", encoding="utf-8")
        assert File(path).read(encoding="utf-8") == "ö"

    def test_a_large_file_in_pieces(self, filesystem: FileSystem, root: str) -> None:
        path, block = f"{root}/large", bytes(range(251)) * 4001
        with filesystem.open(path, "wb") as stream:
            written = 0
            while written < LARGE:
                written += stream.write(block[: LARGE - written])
        assert filesystem.filesize(path) == LARGE
        with filesystem.open(path, "rb") as stream:
            read, pieces = 0, []
            while piece := stream.read(1 << 18):
                pieces.append(piece[:1])
                assert piece == _stretch(block, read, len(piece))
                read += len(piece)
        assert read == LARGE

    def test_parts_of_a_file(
        self, filesystem: FileSystem, root: str, put: Callable[[str, bytes], str]
    ) -> None:
        data = bytes(range(256)) * 64
        path = put(f"{root}/parts", data)
        with filesystem.open(path, "rb") as stream:
            assert stream.seekable()
            stream.seek(1000)
            assert (stream.tell(), stream.read(300)) == (1000, data[1000:1300])
            stream.seek(-10, io.SEEK_END)
            assert stream.read() == data[-10:]
            stream.seek(5)
            assert stream.read(2) == data[5:7]
            assert stream.read(0) == b""

    def test_a_file_is_replaced_as_a_whole(
        self, filesystem: FileSystem, root: str, put: Callable[[str, bytes], str]
    ) -> None:
        path = put(f"{root}/whole", b"first and long")
        with filesystem.open(path, "wb") as stream:
            stream.write(b"new")
            stream.flush()
            with filesystem.open(path, "rb") as reading:
                assert reading.read() == b"first and long"
        with filesystem.open(path, "rb") as reading:
            assert reading.read() == b"new"

    def test_nothing_is_written_when_writing_fails(
        self, filesystem: FileSystem, root: str, put: Callable[[str, bytes], str]
    ) -> None:
        path = put(f"{root}/kept", b"before")

        def write(path: str) -> None:
            with filesystem.open(path, "wb") as stream:
                stream.write(b"half")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            write(path)
        with filesystem.open(path, "rb") as reading:
            assert reading.read() == b"before"
        with pytest.raises(ZeroDivisionError):
            write(f"{root}/never")
        assert not filesystem.exists(f"{root}/never")

    @pytest.mark.parametrize(
        "name",
        ["with space", "ümläut", "per%20cent", "a+b", "q?x=1&y#z", "'quote\"", "star*", "[x]", ".hidden"],
    )
    def test_odd_names(
        self, filesystem: FileSystem, root: str, put: Callable[[str, bytes], str], name: str
    ) -> None:
        path = put(f"{root}/odd/{name}", b"odd")
        assert filesystem.isfile(path)
        with filesystem.open(path, "rb") as stream:
            assert stream.read() == b"odd"
        assert filesystem.listing(f"{root}/odd").files == [name]
        assert [file.path for file in Dir(f"{root}/odd")] == [path]
        filesystem.remove(path)
        assert not filesystem.exists(path)

    # What is not there.

    def test_what_is_missing(self, filesystem: FileSystem, root: str) -> None:
        path = f"{root}/none"
        assert (filesystem.exists(path), filesystem.isfile(path), filesystem.isdir(path)) == (False,) * 3
        assert not filesystem.fingerprint(path).exists
        assert filesystem.listing(path).files == []
        assert filesystem.glob(f"{path}/*") == []
        filesystem.remove(path)
        filesystem.rmdir(path)
        for attempt in (
            lambda: filesystem.open(path, "rb").read(),
            lambda: filesystem.filesize(path),
            lambda: filesystem.copy(path, f"{root}/copy"),
        ):
            with pytest.raises(FileNotFoundError) as caught:
                attempt()
            assert isinstance(caught.value, FileSystemError)
            assert "none" in str(caught.value)

    def test_a_mode_that_makes_no_sense(self, filesystem: FileSystem, root: str) -> None:
        with pytest.raises((ValueError, FileSystemError)):
            filesystem.open(f"{root}/x", "nonsense")

    # Folders.

    def test_folders(self, filesystem: FileSystem, root: str, put: Callable[[str, bytes], str]) -> None:
        put(f"{root}/foo/a/1", b"1")
        put(f"{root}/foo/2", b"22")
        put(f"{root}/foobar/3", b"333")
        assert filesystem.isdir(f"{root}/foo")
        assert filesystem.isdir(f"{root}/foo/")
        assert not filesystem.isfile(f"{root}/foo")
        assert not filesystem.isdir(f"{root}/fo")
        assert filesystem.listing(f"{root}/foo").files == ["2", "a/1"]
        assert filesystem.fingerprint(f"{root}/foo").content == b"directory"
        with pytest.raises(FileSystemError):
            filesystem.rmdir(f"{root}/foo")
        filesystem.rmdir(f"{root}/foo", recursive=True)
        assert not filesystem.exists(f"{root}/foo")
        assert filesystem.isfile(f"{root}/foobar/3")

    def test_empty_folders(self, filesystem: FileSystem, root: str) -> None:
        path = f"{root}/empty/below"
        filesystem.mkdir(path)
        filesystem.mkdir(path)
        if self.empty_folders:
            assert filesystem.isdir(path)
        assert filesystem.listing(path).files == []
        filesystem.rmdir(path)
        assert not filesystem.exists(path)

    def test_globs(self, filesystem: FileSystem, root: str, put: Callable[[str, bytes], str]) -> None:
        for name in ("a.txt", "b.txt", "b.csv", ".hidden.txt", "sub/c.txt", "sub/deep/d.txt", "sub2/e.txt"):
            put(f"{root}/{name}", b"")

        def found(pattern: str) -> list[str]:
            return [path.removeprefix(f"{root}/") for path in filesystem.glob(f"{root}/{pattern}")]

        assert found("*.txt") == [".hidden.txt", "a.txt", "b.txt"]
        assert found("?.csv") == ["b.csv"]
        assert found("[ab].*") == ["a.txt", "b.csv", "b.txt"]
        assert found("*/*.txt") == ["sub/c.txt", "sub2/e.txt"]
        assert found("**/*.txt") == [
            ".hidden.txt",
            "a.txt",
            "b.txt",
            "sub/c.txt",
            "sub/deep/d.txt",
            "sub2/e.txt",
        ]
        assert found("sub/**/d.txt") == ["sub/deep/d.txt"]
        assert found("a.txt") == ["a.txt"]
        assert found("none*") == []

    def test_many_files_are_listed(
        self, filesystem: FileSystem, root: str, put: Callable[[str, bytes], str]
    ) -> None:
        names = [f"{number:04}" for number in range(60)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: put(f"{root}/many/{name}", name.encode()), names))
        assert filesystem.listing(f"{root}/many").files == names
        paths = [f"{root}/many/{name}" for name in [*names, "none"]]
        prints = filesystem.fingerprints(paths, [None] * len(paths))
        assert [one.exists for one in prints] == [True] * 60 + [False]
        assert len({one.content for one in prints}) == 61
        again = filesystem.fingerprints(paths, prints)
        assert all(one.same(other) for one, other in zip(prints, again, strict=True))

    # Copies.

    def test_copies(
        self, filesystem: FileSystem, root: str, put: Callable[[str, bytes], str], tmp_path: Path
    ) -> None:
        path = put(f"{root}/from/a", b"copied")
        filesystem.copy(path, f"{root}/to/b")
        assert File(f"{root}/to/b").read() == "copied"
        here = tmp_path / "here" / "c"
        File(path).copy_to(str(here))
        assert here.read_bytes() == b"copied"
        here.write_bytes(b"back")
        File(str(here)).copy_to(f"{root}/to/d")
        assert File(f"{root}/to/d").read() == "back"
        Dir(f"{root}/to").copy_to(f"{root}/again")
        assert filesystem.listing(f"{root}/again").files == ["b", "d"]

    def test_commands_that_copy(
        self, root: str, put: Callable[[str, bytes], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if not self.shell:
            pytest.skip("its commands do not run here")
        monkeypatch.chdir(tmp_path)
        put(f"{root}/shell/a b", b"one")
        put(f"{root}/shell/deep/c", b"two")
        staged = Dir(f"{root}/shell").stage("local")
        _shell(staged.render_stage())
        assert (tmp_path / "local" / "a b").read_bytes() == b"one"
        assert (tmp_path / "local" / "deep" / "c").read_bytes() == b"two"
        (tmp_path / "result").write_bytes(b"made")
        _shell(File(f"{root}/shell/result").stage("result").render_unstage())
        assert File(f"{root}/shell/result").read() == "made"

    # Content and time.

    def test_a_change_is_noticed(
        self, filesystem: FileSystem, root: str, put: Callable[[str, bytes], str]
    ) -> None:
        path = put(f"{root}/changing", b"one")
        first = filesystem.fingerprint(path)
        assert filesystem.fingerprint(path, first).same(first)
        put(path, b"two")
        second = filesystem.fingerprint(path, first)
        assert not second.same(first)
        put(path, b"one")
        assert filesystem.fingerprint(path, second).same(first)

    def test_equal_content_is_equal_wherever_it_is(
        self, filesystem: FileSystem, root: str, put: Callable[[str, bytes], str]
    ) -> None:
        first, second = put(f"{root}/x", b"same"), put(f"{root}/y", b"same")
        assert filesystem.contents(first).same(filesystem.contents(second))
        filesystem.copy(first, f"{root}/z")
        assert filesystem.contents(f"{root}/z").same(filesystem.contents(first))

    def test_touch(self, filesystem: FileSystem, root: str, put: Callable[[str, bytes], str]) -> None:
        path = f"{root}/touched"
        filesystem.touch(path)
        assert filesystem.filesize(path) == 0
        put(path, b"content")
        before = filesystem.fingerprint(path)
        filesystem.touch(path, 1_000_000_000)
        with filesystem.open(path, "rb") as stream:
            assert stream.read() == b"content"
        assert filesystem.fingerprint(path, before).same(before)

    def test_files_as_values(self, root: str, put: Callable[[str, bytes], str]) -> None:
        path = put(f"{root}/values/a", b"content")
        values: list[Any] = [File(path), Dir(f"{root}/values"), IFile(path), File(f"{root}/values/none")]
        again = unseal(seal(values).payload)
        assert [value.is_valid() for value in again] == [True] * 4
        assert [value.hash for value in again] == [value.hash for value in values]
        put(path, b"changed")
        again = unseal(seal(values, pin=False).payload)
        assert [value.is_valid() for value in again] == [False, False, True, True]

    # Together.

    def test_a_workflow(self, root: str, put: Callable[[str, bytes], str], made: Scheduler) -> None:
        source, target = put(f"{root}/in", b"text"), f"{root}/out"
        for content, before in ((b"text", ""), (b"text", "TEXT"), (b"other", "TEXT")):
            if content != b"text":
                put(source, content)
            assert (File(target).read() if before else "") == before
            assert made.run(capitals(File(source), target)).read() == content.decode().upper()
        File(target).remove()
        assert made.run(capitals(File(source), target)).read() == "OTHER"

    @pytest.fixture
    def made(self) -> Iterator[Scheduler]:
        """Return a scheduler with a record in memory."""
        with Scheduler() as scheduler:
            yield scheduler

    def test_many_threads(self, filesystem: FileSystem, root: str) -> None:
        barrier = threading.Barrier(8)

        def work(number: int) -> bytes:
            barrier.wait(30)
            path = f"{root}/threads/{number}"
            for turn in range(3):
                with filesystem.open(path, "wb") as stream:
                    stream.write(f"{number} {turn}".encode())
                with filesystem.open(path, "rb") as stream:
                    read: bytes = stream.read()
            return read

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(work, range(8))) == [f"{number} 2".encode() for number in range(8)]

    def test_one_winner_among_writers(self, filesystem: FileSystem, root: str) -> None:
        path = f"{root}/race"

        def write(number: int) -> None:
            with filesystem.open(path, "wb") as stream:
                stream.write(str(number).encode() * 100_000)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        with filesystem.open(path, "rb") as stream:
            data = stream.read()
        assert len(data) == 100_000
        assert len(set(data)) == 1


def _stretch(block: bytes, begin: int, size: int) -> bytes:
    """Return part of an endless repetition of a block."""
    start = begin % len(block)
    return (block[start:] + block * (size // len(block) + 1))[:size]


def _shell(command: str) -> None:
    subprocess.run(["bash", "-euo", "pipefail", "-c", command], check=True, capture_output=True)
