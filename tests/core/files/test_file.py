"""`File`: reading and writing, and a hash that follows the content and nothing else."""

from __future__ import annotations

import builtins
import errno
import os
import pickle
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redun.errors import FileSystemError, UnknownProviderError
from redun.file import File
from redun.filesystems import get_filesystem
from redun.filesystems.content import TICK
from redun.hashing.values import hash_value
from redun.value.seal import seal, unseal


def recorded(file: Any) -> Any:
    """Return a value as it is read back from the record after a task returned it."""
    return unseal(seal(file).payload)


def settle() -> None:
    """Let the times of files written so far become trustworthy."""
    time.sleep(TICK / 1e9 * 1.2)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the files whose content is read for a digest."""
    found: list[str] = []

    def listening(path: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        if options.get("buffering") == 0:
            found.append(os.fspath(path))
        return builtins.open(path, mode, *args, **options)

    monkeypatch.setattr("redun.filesystems.content.open", listening, raising=False)
    return found


def test_reading_and_writing() -> None:
    file = File("deep/down/a.txt")
    assert not file.exists()
    file.write("ä\nb\n")
    assert (file.read(), file.read("rb"), file.readlines()) == ("ä\nb\n", b"\xc3\xa4\nb\n", ["ä\n", "b\n"])
    assert (file.size(), file.isfile(), file.isdir(), file.exists()) == (5, True, False, True)
    assert (file.basename(), file.dirname()) == ("a.txt", "deep/down")
    file.write(b"\x00\xff")
    assert file.read("rb") == b"\x00\xff"
    file.write("é", encoding="latin-1")
    assert (file.read("rb"), file.read(encoding="latin-1")) == (b"\xe9", "é")
    with file.open("a") as stream:
        stream.write("!")
    assert file.size() == 2
    file.remove()
    file.remove()
    assert not file.exists()


@given(st.binary())
def test_equal_bytes_have_an_equal_hash(data: bytes) -> None:
    file = File("x")
    file.write(data)
    first = file.hash
    file.write(data + b"0")
    assert file.hash != first
    file.write(data)
    assert file.hash == first == File("x").hash
    assert len(first) == 40


def test_path_and_content_make_the_hash() -> None:
    File("a").write("same")
    File("b").write("same")
    assert File("a").hash != File("b").hash
    assert File("a").hash != File("./a").hash
    assert hash_value(File("a")).hex() == File("a").hash


def test_writing_changes_the_hash_at_once() -> None:
    file = File("a")
    hashes = [file.hash]
    for number in range(20):
        # Same size, same tick of the clock.
        file.write(f"{number:04}")
        hashes.append(file.hash)
    with file.open("w", atomic=False) as stream:
        stream.write("in")
        stream.flush()
        hashes.append(file.hash)
        stream.write("out")
    hashes.append(file.hash)
    file.remove()
    assert file.hash == hashes[0]
    assert len(set(hashes)) == len(hashes)


def test_a_change_from_outside_is_seen() -> None:
    file = File("a")
    file.write("1")
    before = file.hash
    Path("a").write_text("2")
    assert file.hash != before
    file.update_hash()
    assert file.hash == File("a").hash


def test_a_missing_file_has_a_lasting_hash() -> None:
    assert File("nope").hash == File("nope").hash != File("nope2").hash
    missing = recorded(File("nope"))
    assert missing.is_valid()
    Path("nope").touch()
    assert not missing.is_valid()


def test_a_recorded_file_says_what_was_there() -> None:
    file = File("a")
    file.write("one")
    result = recorded(file)
    assert result.is_valid()
    assert result.hash == file.hash
    Path("a").write_text("two")
    assert not result.is_valid()
    assert result.hash != File("a").hash
    Path("a").write_text("one")
    assert result.is_valid()
    Path("a").unlink()
    assert not result.is_valid()


def test_a_result_reflects_the_moment_of_return() -> None:
    file = File("a")
    file.write("as hashed for the argument")
    early = file.hash
    # A program that the task starts writes the file behind our back.
    Path("a").write_text("as left by the program")
    result = recorded([file])[0]
    assert result.is_valid()
    assert result.hash == file.hash == File("a").hash != early
    # From then on it says what was returned, whatever happens to the file.
    Path("a").write_text("later")
    assert file.hash == result.hash
    assert not file.is_valid()
    file.update_hash()
    assert file.hash == File("a").hash != result.hash


def test_touching_or_rewriting_does_not_invalidate() -> None:
    file = File("a")
    file.write("content")
    settle()
    result = recorded(file)
    for moment in (None, 0, 2_000_000_000):
        File("a").touch(moment)
        assert result.is_valid()
    File("a").write("content")
    assert result.is_valid()
    os.chmod("a", 0o600)
    assert result.is_valid()


def test_a_replacement_with_the_same_size_and_times_is_noticed() -> None:
    File("a").write("one")
    os.utime("a", (1000, 1000))
    settle()
    result = recorded(File("a"))
    Path("b").write_text("two")
    os.utime("b", (1000, 1000))
    os.replace("b", "a")
    assert not result.is_valid()


def test_edits_within_a_tick_of_the_clock_are_noticed() -> None:
    for number in range(30):
        Path("a").write_text(f"{number:04}")
        result = recorded(File("a"))
        Path("a").write_text(f"{number:04}"[::-1])
        assert result.is_valid() == (f"{number:04}" == f"{number:04}"[::-1])


def test_an_unchanged_file_is_not_read_again(reads: list[str]) -> None:
    Path("a").write_text("content")
    settle()
    file = File("a")
    result = recorded(file)
    assert reads == ["a"]
    again = pickle.loads(pickle.dumps(result))
    assert again.is_valid()
    assert File("a").hash == again.hash
    assert recorded(file).hash == again.hash
    assert reads == ["a"]


def test_a_file_remembers_its_times_across_processes(reads: list[str]) -> None:
    Path("a").write_text("content")
    settle()
    result = recorded(File("a"))
    get_filesystem("a")._known.clear()  # type: ignore[attr-defined]
    assert result.is_valid()
    assert reads == ["a"]


def test_a_fresh_file_is_read_again(reads: list[str]) -> None:
    Path("a").write_text("content")
    result = recorded(File("a"))
    seen = len(reads)
    assert result.is_valid()
    assert len(reads) == seen + 1


def test_a_large_fresh_file_is_read_once(reads: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redun.filesystems.content.PATIENT", 100)
    Path("a").write_text("content" * 100)
    result = recorded(File("a"))
    assert result.is_valid()
    assert reads == ["a"]


def test_a_file_that_is_being_written_has_no_trusted_times(monkeypatch: pytest.MonkeyPatch) -> None:
    from redun.filesystems import content

    Path("a").write_bytes(b"x" * 10)
    settle()
    read = content._digest

    def read_while_written(read_into: Any) -> Any:
        with builtins.open("a", "ab") as stream:
            stream.write(b"y")
        return read(read_into)

    monkeypatch.setattr(content, "_digest", read_while_written)
    found = get_filesystem("a").fingerprint("a")
    assert found.signature is None


def test_copying() -> None:
    source = File("a")
    source.write(b"\x00content")
    dest = source.copy_to(File("deep/b"))
    assert dest.read("rb") == b"\x00content"
    assert source.copy_to("c").path == "c"
    source.write("new")
    old = dest.hash
    assert source.copy_to(dest, skip_if_exists=True) is dest
    assert (dest.read("rb"), dest.hash) == (b"\x00content", old)
    assert source.copy_to(dest).read() == "new"
    assert dest.hash != old


def test_directories_and_devices_have_hashes_too() -> None:
    Path("d").mkdir()
    assert File("d").hash != File("nope").hash
    assert File("d").isdir()
    assert not File("d").isfile()
    os.mkfifo("pipe")
    assert recorded(File("pipe")).is_valid()


def test_paths() -> None:
    assert File(Path("x") / "y").path == "x/y"
    assert File("file:///tmp/a%20b").path == "/tmp/a b"
    assert File("file://localhost/tmp/a").path == "/tmp/a"
    assert File(f"file://{Path.cwd()}/z").hash == File(str(Path.cwd() / "z")).hash
    assert os.fspath(File("x")) == "x"
    odd = os.fsdecode(b"odd\xff\n")
    File(odd).write("x")
    assert recorded(File(odd)).is_valid()
    with pytest.raises(ValueError, match="elsewhere"):
        File("file://elsewhere/tmp")
    with pytest.raises(TypeError, match=r"A path is a str or pathlib\.Path, not b'x'\."):
        File(b"x")  # type: ignore[arg-type]
    with pytest.raises(UnknownProviderError, match=r"nope://.*known: file"):
        File("nope://x").read()


def test_what_a_file_looks_like() -> None:
    file = File("a")
    assert repr(file) == "File(path=a)"
    assert repr(file) == f"File(path=a, hash={file.hash[:8]})" or file.hash
    assert repr(file) == f"File(path=a, hash={file.hash[:8]})"
    assert seal(file).type_name == "redun.File"
    assert seal(file).preview == repr(file)
    assert seal({"f": file}).parts[0].hash == hash_value(file)
    assert File.parse_arg(File, "p/q").path == "p/q"


def test_errors_are_pythons_own_and_name_the_path() -> None:
    for act in (File("nope").read, File("nope").size, lambda: File("nope").copy_to("b")):
        with pytest.raises(FileNotFoundError, match="nope") as missing:
            act()
        assert isinstance(missing.value, FileSystemError)
        assert missing.value.errno == errno.ENOENT
        assert missing.value.filename == "nope"
    Path("d").mkdir()
    for act in (File("d").read, File("d").remove, lambda: File("d").write("x")):
        with pytest.raises(FileSystemError, match="d"):
            act()
    File("a").write("x")
    with pytest.raises(FileSystemError, match="a"):
        File("a/b").write("x")
    assert not File("a/b").exists()
    assert File("a/b").hash


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read() -> None:
    File("a").write("x")
    os.chmod("a", 0)
    with pytest.raises(PermissionError, match="a"):
        _ = File("a").hash


def test_permission_errors_keep_their_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied", "a")

    monkeypatch.setattr("redun.filesystems.content.open", refuse, raising=False)
    File("a").write("x")
    with pytest.raises(PermissionError, match="a") as caught:
        _ = File("a").hash
    assert isinstance(caught.value, FileSystemError)
