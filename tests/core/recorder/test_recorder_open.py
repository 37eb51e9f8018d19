from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from recorder_rows import check, jobs, query, start
from redun.errors import DatabaseCorruptError, DatabaseUnwritableError
from redun.recorder.sqlite import SqliteRecorder


def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "redun.db"
    SqliteRecorder(path).close()
    check(path)


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_only_the_owner_may_read(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "redun.db"
    before = os.umask(umask)
    try:
        recorder = SqliteRecorder(path)
        recorder.write(jobs(recorder.start_execution(start()), 0, 1))
        recorder.flush()
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
        assert modes == {"redun.db": 0o600, "redun.db-wal": 0o600, "redun.db-shm": 0o600}
        recorder.close()
    finally:
        os.umask(before)


def test_permissions_that_someone_chose_are_kept(path: Path) -> None:
    SqliteRecorder(path).close()
    path.chmod(0o660)
    SqliteRecorder(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"To whom it may concern: this is a letter." * 100)
    with pytest.raises(DatabaseCorruptError, match=rf"(?s){path}.*move it away"):
        SqliteRecorder(path)
    assert path.read_bytes().startswith(b"To whom")


def test_a_database_cut_short(path: Path) -> None:
    recorder = SqliteRecorder(path)
    recorder.write(jobs(recorder.start_execution(start()), 0, 2000))
    recorder.close()
    content = path.read_bytes()
    path.write_bytes(content[: 4096 * 3])
    with pytest.raises(DatabaseCorruptError, match="damaged"):
        record_and_look(path)


def test_a_database_with_a_page_overwritten(path: Path) -> None:
    recorder = SqliteRecorder(path)
    recorder.write(jobs(recorder.start_execution(start()), 0, 2000))
    recorder.close()
    content = bytearray(path.read_bytes())
    # All but the schema.
    content[4096 * 4 :] = b"\xab" * (len(content) - 4096 * 4)
    path.write_bytes(content)
    with pytest.raises(DatabaseCorruptError, match="damaged"):
        record_and_look(path)


def record_and_look(path: Path) -> None:
    recorder = SqliteRecorder(path)
    try:
        recorder.find_evaluations([bytes([byte]) * 20 for byte in range(256)])
        recorder.write(jobs(recorder.start_execution(start()), 0, 2000))
        recorder.flush()
    finally:
        recorder._disconnect()


def test_a_folder_in_place_of_the_file(path: Path) -> None:
    path.mkdir()
    with pytest.raises(DatabaseUnwritableError, match=str(path)):
        SqliteRecorder(path)


def test_a_file_in_place_of_the_folder(path: Path) -> None:
    path.write_text("not a folder")
    with pytest.raises(DatabaseUnwritableError, match="another place"):
        SqliteRecorder(path / "redun.db")


def test_a_disk_that_is_read_only(small_disk: Path) -> None:
    path = small_disk / "redun.db"
    SqliteRecorder(path).close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for place in (path, small_disk / "new.db"):
        with pytest.raises(DatabaseUnwritableError, match=rf"(?s){place}.*permissions"):
            SqliteRecorder(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_a_folder_without_permission(path: Path, spawn: Callable[..., subprocess.Popen[str]]) -> None:
    code = """
import os, sys
from redun.recorder.sqlite import SqliteRecorder
from redun.errors import DatabaseUnwritableError
os.setegid(65534), os.seteuid(65534)
try:
    SqliteRecorder(sys.argv[1])
except DatabaseUnwritableError as error:
    print(error)
"""
    path.parent.chmod(0o755)
    out, err = spawn(code, path).communicate(timeout=60)
    assert str(path) in out, err
    SqliteRecorder(path).close()
    assert str(path) in spawn(code, path).communicate(timeout=60)[0]


def test_many_processes_make_one_database(path: Path, spawn: Callable[..., subprocess.Popen[str]]) -> None:
    code = "import sys; from redun.recorder.sqlite import SqliteRecorder; SqliteRecorder(sys.argv[1]).close()"
    processes = [spawn(code, path) for _ in range(4)]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    check(path)
    assert len(query(path, "SELECT * FROM alembic_version")) == 1


def test_memory_needs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    recorder = SqliteRecorder()
    recorder.write(jobs(recorder.start_execution(start()), 0, 10))
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_database_left_by_a_crash_is_recovered(path: Path, tmp_path: Path) -> None:
    recorder = SqliteRecorder(path)
    recorder.write(jobs(recorder.start_execution(start()), 0, 100))
    recorder.flush()
    # As after a power cut: a copy with the log of changes and without its index.
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    Path(f"{copy}-wal").write_bytes(Path(f"{path}-wal").read_bytes())
    recorder.close()
    SqliteRecorder(copy).close()
    check(copy)
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT COUNT(*) FROM job").fetchone() == (100,)
