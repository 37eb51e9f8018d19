from __future__ import annotations

import array
import os
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from recorder_rows import name
from redun.errors import DatabaseFullError, UnreadableValueError
from redun.recorder.batch import Batch
from redun.recorder.sqlite import SqliteRecorder
from redun.recorder.value_store import FolderValueStore, MemoryValueStore, ValueStore
from redun.value.payload import Payload
from redun.value.seal import seal, unseal

CONTENT = bytes(range(256)) * 10_000


@pytest.fixture
def store(tmp_path: Path) -> FolderValueStore:
    return FolderValueStore(tmp_path / "values")


@pytest.mark.parametrize("content", [b"", b"x", CONTENT])
@pytest.mark.parametrize("memory", [False, True])
def test_what_is_put_can_be_got(store: ValueStore, memory: bool, content: bytes) -> None:
    store = MemoryValueStore() if memory else store
    whole = store.put(name("whole"), content)
    pieces = store.put(
        name("pieces"), Payload([content[:7], memoryview(content)[7:], array.array("d", [1.5])])
    )
    assert bytes(store.get(whole)) == content
    assert bytes(store.get(pieces)) == content + array.array("d", [1.5]).tobytes()


def test_files_lie_in_folders_by_their_first_digits_and_are_private(store: FolderValueStore) -> None:
    before = os.umask(0)
    try:
        address = store.put(name("a"), CONTENT)
    finally:
        os.umask(before)
    digits = name("a").hex()
    assert address == f"{digits[:2]}/{digits[2:]}"
    file = store.folder / address
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent, store.folder)] == [
        0o600,
        0o700,
        0o700,
    ]
    assert [path.name for path in store.folder.iterdir()] == [digits[:2]]


def test_a_value_seen_before_is_not_written_again(store: FolderValueStore) -> None:
    file = store.folder / store.put(name("a"), CONTENT)
    before = file.stat()
    assert store.put(name("a"), CONTENT) == str(file.relative_to(store.folder))
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("harm", ["flip", "shorten", "empty", "extend", "remove"])
def test_damage_is_noticed_and_can_be_repaired(store: FolderValueStore, harm: str) -> None:
    address = store.put(name("a"), CONTENT)
    file = store.folder / address
    content = bytearray(file.read_bytes())
    if harm == "flip":
        content[1_234_567] ^= 1
    elif harm == "shorten":
        del content[-1:]
    elif harm == "empty":
        content.clear()
    elif harm == "extend":
        content += b"\0"
    file.write_bytes(content)
    if harm == "remove":
        file.unlink()
    with pytest.raises(UnreadableValueError, match=name("a").hex()):
        store.get(address)
    assert store.put(name("a"), CONTENT) == address
    assert store.get(address) == CONTENT


def test_the_bytes_are_writable_and_not_shared(store: FolderValueStore) -> None:
    for any_store in (store, MemoryValueStore()):
        address = any_store.put(name("a"), CONTENT)
        first = memoryview(any_store.get(address))
        first[0] = 255
        assert any_store.get(address) == CONTENT


def test_a_full_disk_leaves_nothing_behind(small_disk: Path) -> None:
    store = FolderValueStore(small_disk / "values")
    with pytest.raises(DatabaseFullError, match=str(small_disk)):
        store.put(name("a"), bytes(8 << 20))
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []
    assert store.get(store.put(name("b"), CONTENT)) == CONTENT


def test_what_was_left_unfinished_long_ago_is_removed(store: FolderValueStore) -> None:
    store.folder.mkdir()
    old, young = store.folder / "unfinished-old", store.folder / "unfinished-young"
    for path in (old, young):
        path.write_bytes(b"half a val")
    os.utime(old, (time.time() - 100_000,) * 2)
    store.put(name("a"), CONTENT)
    assert young.exists()
    assert not old.exists()


def test_a_sealed_array_comes_back_equal(path: Path, opened: Callable[[], SqliteRecorder]) -> None:
    values = array.array("d", range(300_000))
    sealed = seal(values)
    batch = Batch()
    batch.values.append(
        (
            sealed.hash,
            sealed.type_name,
            sealed.size,
            sealed.preview,
            sealed.format,
            sealed.flags,
            sealed.payload,
        )
    )
    recorder = opened()
    recorder.write(batch)
    recorder.flush()
    assert path.stat().st_size < 300_000
    assert unseal(recorder.load(sealed.hash), sealed.format) == values  # type: ignore[arg-type]


def test_a_killed_process_leaves_no_row_without_its_payload(
    path: Path, spawn: Callable[..., subprocess.Popen[str]]
) -> None:
    code = """
import sys
from redun.recorder.batch import Batch
from redun.recorder.sqlite import SqliteRecorder
from recorder_rows import name
recorder = SqliteRecorder(sys.argv[1])
for number in range(10**6):
    batch = Batch()
    batch.values.append((name(str(number)), "bytes", 2 << 20, "", 2, 0, str(number).encode() * (2 << 20)))
    recorder.write(batch)
    if number % 8 == 7:
        recorder.flush()
        print(number, flush=True)
"""
    process = spawn(code, path)
    assert process.stdout is not None
    for _ in range(2):
        assert process.stdout.readline(), process.communicate()
    time.sleep(0.05)
    process.kill()
    process.wait()
    recorder = SqliteRecorder(path)
    rows = recorder._session.connection.execute("SELECT hash FROM value").fetchall()
    assert len(rows) >= 16
    for (value_hash,) in rows:
        assert len(memoryview(recorder.load(value_hash))) >= 2 << 20  # type: ignore[arg-type]
    recorder.close()
