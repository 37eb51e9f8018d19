"""Copies of a record, versions of its schema, and what it says of itself."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from redun.errors import DatabaseUnwritableError, DatabaseVersionError, RecorderError
from redun.recorder.revisions import HEAD, REVISIONS
from redun.retention.changing import downgrade, known_versions, upgrade
from redun.retention.checking import check
from redun.retention.collecting import collect
from redun.retention.copying import back_up
from redun.retention.information import describe
from redun.retention.selection import Selection
from retention_work import Held, problems, run_everything

pytestmark = pytest.mark.slow


def test_a_copy_beside_a_run_is_whole_and_can_be_used(database: Path, tmp_path: Path) -> None:
    run = Held(database, [1, 7], "copied")
    target = tmp_path / "backups" / "monday.db"
    copy = back_up(database, target)
    run.finish()
    assert copy.lost == ()
    assert copy.payloads > 0
    assert problems(target) == []
    assert sorted(path.name for path in target.parent.iterdir()) == ["monday.db", "values"]
    assert target.stat().st_mode & 0o777 == 0o600
    shutil.copy(database.parent / "folder", target.parent)
    run_everything(target, [1, 2, 3, 4, 7])
    assert problems(target) == []


def test_a_second_copy_in_the_same_folder_shares_payloads(database: Path, tmp_path: Path) -> None:
    first = back_up(database, tmp_path / "backups" / "monday.db")
    second = back_up(database, tmp_path / "backups" / "tuesday.db")
    assert (first.payloads > 0, second.payloads) == (True, 0)
    assert problems(second.path) == []
    # Nothing is taken away from the other.
    assert collect(second.path, Selection(everything=True)).shared_with == first.path
    assert problems(first.path) == []


def test_a_copy_replaces_nothing(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "there.db"
    target.write_text("mine")
    with pytest.raises(DatabaseUnwritableError, match=r"there\.db exists, and a backup replaces nothing"):
        back_up(database, target)
    with pytest.raises(
        RecorderError, match=r"would share the folder .*values of large values with the database"
    ):
        back_up(database, database.with_name("copy.db"))
    assert target.read_text() == "mine"
    assert not database.with_name("copy.db").exists()


def test_a_copy_tells_of_lost_payloads(database: Path, tmp_path: Path) -> None:
    first, *_ = sorted(path for path in (database.parent / "values").rglob("*") if path.is_file())
    first.write_bytes(b"damaged")
    copy = back_up(database, tmp_path / "backups" / "monday.db")
    assert copy.lost == (first.parent.name + first.name,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
def test_a_copy_that_finds_no_space_leaves_nothing(database: Path, tmp_path: Path) -> None:
    import subprocess

    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], check=True)
    try:
        with pytest.raises(RecorderError, match="no space is left"):
            back_up(database, disk / "copy.db")
        assert not (disk / "copy.db").exists()
        assert [path for path in disk.rglob("*") if path.is_file()] == []
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
    assert list(check(database)) == []


def test_a_copy_and_a_collection_exclude_each_other(database: Path, tmp_path: Path) -> None:
    def at_work(_what: str, _count: int) -> None:
        with pytest.raises(
            RecorderError, match=f"`redun db backup` is at work on this record, process {os.getpid()}"
        ):
            collect(database, Selection(everything=True))

    back_up(database, tmp_path / "backups" / "monday.db", at_work)


def test_versions_go_up_and_down(database: Path) -> None:
    assert [one.name for one in known_versions()] == list(REVISIONS)
    assert all(one.title for one in known_versions())
    assert downgrade(database, "1.0") == (HEAD, "1.0")
    assert describe(database).schema == "1.0"
    assert upgrade(database, "1.1") == ("1.0", "1.1")
    assert upgrade(database) == ("1.1", HEAD)
    assert upgrade(database) == (HEAD, HEAD)
    run_everything(database, [1, 2, 3, 4])


def test_a_wrong_direction_is_refused(database: Path) -> None:
    with pytest.raises(DatabaseVersionError, match=r"1\.0 is older: `redun db downgrade 1\.0`, not upgrade"):
        upgrade(database, "1.0")
    downgrade(database, "1.0")
    with pytest.raises(DatabaseVersionError, match=r"1\.1 is newer: `redun db upgrade 1\.1`, not downgrade"):
        downgrade(database, "1.1")
    with pytest.raises(DatabaseVersionError, match=r"there is no schema 3\.4: this redun knows 1\.0, 1\.1"):
        upgrade(database, "3.4")


def test_running_executions_are_in_the_way_of_another_version(database: Path) -> None:
    run = Held(database, [1], "version")
    with pytest.raises(
        RecorderError,
        match=rf"executions are running \(1; the first is execution \w+ .*process {os.getpid()}",
    ):
        downgrade(database, "1.1")
    run.finish()
    assert describe(database).schema == HEAD


def test_marks_are_in_the_way_of_an_older_version(database: Path) -> None:
    run = Held(database, [1, 2], "marks")
    assert collect(database, Selection(keep_last=1)).marked
    run.finish()
    with pytest.raises(RecorderError, match="`redun db gc --unreachable-only --yes` deletes them"):
        downgrade(database, "1.1")
    collect(database, Selection())
    downgrade(database, "1.1")


def test_a_record_is_described(database: Path) -> None:
    run = Held(database, [1], "described")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE execution SET status = 0, heartbeat = 5, pid = 999999999 WHERE key = 1")
        connection.execute(
            "INSERT INTO tag SELECT 'execution', id, 'pinned', 'true' FROM execution WHERE key = 2"
        )
    found = describe(database)
    run.finish()
    assert found.compatible
    assert found.executions == {"LIVE": 1, "CRASHED": 1, "DONE": 2}
    assert found.pinned == 1
    assert found.file is not None
    assert found.database == database.stat().st_size or found.file.log
    assert found.file.payload_files == 4
    assert found.file.payloads > 4_000_000
    assert found.tables["execution"].rows == 4
    assert found.oldest is not None
    assert found.newest is not None
    assert found.oldest < found.newest
