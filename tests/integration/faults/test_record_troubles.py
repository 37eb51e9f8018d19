"""The record cannot be written, read or understood: a clear message, the right exit code, nothing lost."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.faults.conftest import Project, Run

WORKFLOW = """
    @task
    def part(key: str, seconds: float = 0.0) -> str:
        note("start", key)
        time.sleep(seconds)
        return key * 3000

    @task
    def join(key: str, parts: list) -> int:
        note("start", key)
        return sum(map(len, parts))

    @task
    def main(n: int = 5) -> int:
        return join("join", [part(f"part-{i}") for i in range(n)])
"""
KEYS = ["join", *[f"part-{i}" for i in range(5)]]


@pytest.fixture
def recorded(project: Project) -> Project:
    """A project whose workflow ran."""
    project.workflow(WORKFLOW)
    project.redun("run", "wf.py", "main")
    return project


def refused(project: Project, *words: str) -> Run:
    """Run the command, which must fail with one message and write nothing to stdout."""
    run = project.redun(*words, code=1)
    assert run.stdout == ""
    assert run.stderr.count("redun: error: ") == 1, run.stderr
    assert "Traceback" not in run.stderr
    return run


def assert_reuses_everything(project: Project) -> None:
    again = project.redun("run", "wf.py", "main")
    assert sorted(project.bodies()) == sorted(KEYS)
    assert again.ran() == []
    project.assert_record_sound()
    project.assert_no_running_rows()


# Disks.


@pytest.fixture
def mounted(project: Project) -> Iterator[Callable[..., Path]]:
    """Mount a small file system at the project's `.redun`."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    folders: list[Path] = []

    def mount(kibibytes: int) -> Path:
        folder = project.folder / ".redun"
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", folder], check=False
        )
        if done.returncode:
            pytest.skip("mounting is not allowed here")
        folders.append(folder)
        return folder

    yield mount
    for folder in folders:
        subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    if os.geteuid() == 0:
        # Permissions do not bind root.
        if subprocess.run(["mount", "--bind", "-o", "ro", folder, folder], check=False).returncode:
            pytest.skip("mounting is not allowed here")
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    else:
        folder.chmod(0o500)
    try:
        yield
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", "-l", folder], check=True)
        else:
            folder.chmod(0o700)


def test_a_folder_that_cannot_be_written(project: Project) -> None:
    project.workflow(WORKFLOW)
    with read_only(project.folder):
        told = refused(project, "run", "wf.py", "main").stderr
        assert f"{project.folder}/.redun" in told
        assert project.bodies() == []
    project.redun("run", "wf.py", "main")
    assert_reuses_everything(project)


def test_a_record_that_cannot_be_written_can_be_read(recorded: Project) -> None:
    with read_only(recorded.database.parent):
        told = refused(recorded, "run", "wf.py", "main").stderr
        assert f"cannot write {recorded.database}" in told
        assert "check the permissions" in told
        assert recorded.log("-")[0]["status"] == "DONE"
    assert_reuses_everything(recorded)


def test_a_disk_that_is_full_from_the_beginning(project: Project, mounted: Callable[[int], Path]) -> None:
    project.workflow(WORKFLOW)
    folder = mounted(400)
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(380 * 1024))
    told = refused(project, "run", "wf.py", "main").stderr
    assert "no space is left" in told
    assert project.bodies() == []
    ballast.unlink()
    # Still too small for all of it.
    mounted(8000)
    project.redun("run", "wf.py", "main")
    assert_reuses_everything(project)


FILLING = """
    @task
    def before(key: str) -> str:
        note("start", key)
        return key

    @task
    def fill(key: str, before: list) -> int:
        note("start", key)
        time.sleep(1)  # what ran before is in the record by now
        with open(os.environ.get("BALLAST", ".redun/ballast"), "wb", 0) as ballast:
            try:
                for _ in range(4096):
                    ballast.write(bytes(4096))
            except OSError:
                pass
        return 1

    @task
    def later(key: str, filled: int) -> str:
        note("start", key)
        time.sleep(0.5)
        return key * 5000

    @task
    def main(n: int = 40):
        filled = fill("fill", [before(f"before-{i}") for i in range(10)])
        return [later(f"later-{i}", filled) for i in range(n)]
"""


@pytest.mark.parametrize("n", [40, 150])
def test_a_disk_that_fills_up_in_mid_run(project: Project, mounted: Callable[[int], Path], n: int) -> None:
    project.workflow(FILLING)
    folder = mounted(4000)
    run = refused(project, "run", "wf.py", "main", "--n", str(n))
    assert "no space is left" in run.stderr
    project.assert_no_process_left()
    assert {f"before-{i}" for i in range(10)} <= project.recorded_keys()
    # What was not begun when the record failed is not begun after.
    assert len([key for key in project.bodies() if key.startswith("later")]) <= 60
    assert project.log("-")[0]["status"] in ("CRASHED", "FAILED")

    recorded = project.recorded_keys()
    done = len(project.bodies())
    (folder / "ballast").unlink()
    subprocess.run(["mount", "-o", "remount,size=100m", folder], check=True)
    project.environ["BALLAST"] = "/dev/null"
    project.redun("run", "wf.py", "main", "--n", str(n))
    assert not {key for key in recorded if key != "fill"} & set(project.bodies()[done:])
    project.assert_record_sound()
    project.assert_no_running_rows()


def test_a_disk_that_fills_up_and_is_emptied_in_time(
    project: Project, mounted: Callable[[int], Path]
) -> None:
    """A value too large for what is left fails its job alone, or the run; either way the next run succeeds."""
    project.workflow("""
        @task
        def large(key: str) -> bytes:
            note("start", key)
            return os.urandom(6_000_000)

        @task
        def main() -> int:
            return size(large("large"))

        @task
        def size(data: bytes) -> int:
            return len(data)
    """)
    mounted(4000)
    told = refused(project, "run", "wf.py", "main").stderr
    assert "no space is left" in told
    assert list((project.folder / ".redun" / "values").glob("unfinished-*")) == []
    project.assert_record_sound()
    subprocess.run(["mount", "-o", "remount,size=16000k", project.folder / ".redun"], check=True)
    assert project.redun("run", "wf.py", "main").stdout == "6000000\n"
    project.assert_record_sound()


# Locks.


@contextmanager
def held(database: Path) -> Iterator[None]:
    """Hold a database as another process would that writes to it."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_locked_database_is_waited_for(recorded: Project) -> None:
    with held(recorded.database):
        process = recorded.start("run", "wf.py", "main", "--n", "6")
        told = recorded.hear(process, "waiting for the database")
    assert f"{recorded.database}, held by another process" in told
    run = recorded.finish(process)
    assert run.code == 0, run.stderr
    assert len(run.ran()) == 3
    recorded.assert_record_sound()


def test_a_database_locked_in_mid_run_is_waited_for(project: Project) -> None:
    project.workflow(WORKFLOW.replace("seconds: float = 0.0", "seconds: float = 0.5"))
    process = project.start("run", "wf.py", "main")
    project.await_bodies(process, "part-0")
    with held(project.database):
        project.await_bodies(process, "join")  # work goes on
        project.hear(process, "waiting for the database")
    run = project.finish(process)
    assert run.code == 0, run.stderr
    assert_reuses_everything(project)


def test_readers_do_not_wait(recorded: Project) -> None:
    with held(recorded.database):
        assert recorded.log("-")[0]["status"] == "DONE"


def test_readers_do_not_hold_up_writers(recorded: Project) -> None:
    with closing(sqlite3.connect(recorded.database)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM job").fetchall()
        assert recorded.redun("run", "wf.py", "main", "--n", "7").code == 0


# Databases that are not ours to write.


def test_a_database_of_a_newer_version(recorded: Project) -> None:
    with closing(sqlite3.connect(recorded.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9.9'")
    before = recorded.database.read_bytes()
    for words in (("run", "wf.py", "main"), ("log",), ("log", "-")):
        told = refused(recorded, *words).stderr
        assert str(recorded.database) in told
        assert "9.9" in told
        assert "install that redun" in told
    assert recorded.database.read_bytes() == before
    with closing(sqlite3.connect(recorded.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (_head(),))
    assert_reuses_everything(recorded)


def _head() -> str:
    from redun.recorder.revisions import HEAD

    return HEAD


def test_a_database_of_another_program(project: Project) -> None:
    project.workflow(WORKFLOW)
    project.database.parent.mkdir()
    with closing(sqlite3.connect(project.database)) as connection, connection:
        connection.execute("CREATE TABLE job (id TEXT)")
    before = project.database.read_bytes()
    for words in (("run", "wf.py", "main"), ("log",)):
        assert "tables" in refused(project, *words).stderr
    with closing(sqlite3.connect(project.database)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("job",)]
    assert len(before) == project.database.stat().st_size
    assert project.bodies() == []


def _garbage(path: Path) -> None:
    path.write_bytes(b"This is no database at all. " * 1000)


def _truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 3)


def _scribbled(path: Path) -> None:
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(os.urandom(2000))


@pytest.mark.parametrize("damage", [_garbage, _truncated, _scribbled])
def test_a_damaged_database(recorded: Project, damage: Callable[[Path], None]) -> None:
    kept = recorded.database.read_bytes()
    damage(recorded.database)
    for words in (("run", "wf.py", "main"), ("log", "-")):
        told = refused(recorded, *words).stderr
        assert f"{recorded.database} is not a SQLite database, or is damaged" in told
        assert "restore it from a backup" in told
    for companion in recorded.database.parent.glob("redun.db-*"):
        companion.unlink()
    recorded.database.write_bytes(kept)
    assert_reuses_everything(recorded)


def test_an_empty_file_is_a_new_database(project: Project) -> None:
    project.workflow(WORKFLOW)
    project.database.parent.mkdir()
    project.database.touch()
    project.redun("run", "wf.py", "main")
    assert_reuses_everything(project)


def test_a_database_removed_in_mid_run_harms_nothing_else(project: Project) -> None:
    project.workflow(WORKFLOW.replace("seconds: float = 0.0", "seconds: float = 1.5"))
    process = project.start("run", "wf.py", "main")
    project.await_bodies(process, *KEYS[1:])
    for path in project.database.parent.glob("redun.db*"):
        path.unlink()
    run = project.finish(process)
    assert run.code in (0, 1)
    project.redun("run", "wf.py", "main")
    project.assert_record_sound()


def test_threads_do_not_outlive_a_failed_opening(project: Project) -> None:
    """The exit is prompt."""
    project.workflow(WORKFLOW)
    project.database.parent.mkdir()
    _garbage(project.database)
    timer = threading.Timer(30, os._exit, (1,))
    timer.start()
    refused(project, "run", "wf.py", "main")
    timer.cancel()
