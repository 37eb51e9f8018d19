"""`redun db` and transfers where the configuration names a value store."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from redun import Scheduler, task
from redun.config import load_config
from redun.query import open_record
from redun.recorder.value_store import FolderValueStore
from redun_cli.main import redun

redun_namespace = "tests.db.values"


@task
def letters(letter: str) -> str:
    return letter * 5_000


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose large values lie in the folder `large` beside it, and a repository with the same store."""
    for name in ("here", "there"):
        folder = tmp_path / name / ".redun"
        folder.mkdir(parents=True)
        (folder / "redun.ini").write_text(
            "[backend]\nvalue_store_path = ../../large\n[repos.there]\nconfig_dir = ../../there/.redun\n"
        )
    monkeypatch.chdir(tmp_path / "here")
    run("a")
    return tmp_path / "here"


def run(letter: str) -> str:
    with Scheduler(load_config(Path(".redun"))) as scheduler:
        result: str = scheduler.run(letters(letter))
    return result


def payloads(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def command(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(redun, words, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    assert (result.return_value or 0) == code, result.output
    return result.output


def test_a_deep_check_reads_the_payloads(project: Path) -> None:
    assert "no problems" in command("db", "check", "--deep")
    (payload,) = payloads(project.parent / "large")
    content = payload.read_bytes()
    payload.write_bytes(content[:-1])
    assert f"{payload.parent.name}/{payload.name} is damaged" in command("db", "check", "--deep", code=1)
    payload.unlink()
    assert f"{payload.parent.name}/{payload.name} is gone" in command("db", "check", "--deep", code=1)


def test_removing_executions_leaves_what_others_may_keep(project: Path) -> None:
    run("b")
    output = command("db", "gc", "--keep-last", "1", "--yes")
    assert "Removed 1 execution" in output
    assert "large stay, for other records may keep theirs there, too" in output
    assert len(payloads(project.parent / "large")) == 2
    assert "no problems" in command("db", "check", "--deep")


def test_a_backup_says_what_it_leaves_out(project: Path, tmp_path: Path) -> None:
    output = command("db", "backup", str(tmp_path / "backup" / "copy.db"))
    assert "1 large value stay in" in output
    assert "could not be copied" not in output
    for payload in payloads(project.parent / "large"):
        payload.unlink()
    output = command("db", "backup", str(tmp_path / "backup" / "other.db"))
    assert "1 large value could not be copied" in output


def test_values_are_loaded_and_sent_from_there(project: Path, tmp_path: Path) -> None:
    with open_record(project) as record:
        (execution,) = record.executions()
        assert record.load(execution.job) == "a" * 5_000
    command("push", "there", "--trust")
    other = tmp_path / "there" / ".redun"
    with open_record(other) as record:
        (execution,) = record.executions()
        assert record.load(execution.job) == "a" * 5_000
    # Beside a database without any such option the payload is its own.
    (other / "redun.ini").write_text("")
    (other / "redun.db").unlink()
    command("push", "there", "--trust")
    assert len(payloads(other / "values")) == 1
    with open_record(other) as record:
        (execution,) = record.executions()
        assert record.load(execution.job) == "a" * 5_000
    # And back, from one place into the other.
    (project / ".redun" / "redun.db").unlink()
    for payload in payloads(tmp_path / "large"):
        payload.unlink()
    command("pull", "there", "--trust")
    assert len(payloads(tmp_path / "large")) == 1
    assert run("a") == "a" * 5_000


def test_what_a_stranger_sent_stays_apart(project: Path, tmp_path: Path) -> None:
    (tmp_path / "there" / ".redun" / "redun.ini").write_text("[backend]\nvalue_store_path = large\n")
    command("push", "there")
    store = FolderValueStore(tmp_path / "there" / ".redun" / "large")
    (payload,) = payloads(store.folder)
    assert payload.relative_to(store.folder).parts[0] == "foreign"
    command("push", "there", "--trust")
    assert len(payloads(store.folder)) == 2
