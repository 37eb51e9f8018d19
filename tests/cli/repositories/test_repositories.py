"""`redun repo`, `push`, `pull`, `export`, `import` and `--repo`, as they are typed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from redun import Scheduler, task
from redun.config import load_config
from redun.errors import RedunError
from redun_cli.main import redun

redun_namespace = "repositories"


@task(version="1")
def double(x: int) -> int:
    return 2 * x


@task(version="1")
def main(count: int) -> list[int]:
    return [double(x) for x in range(count)]


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two projects, `here` and `there`, each with a record; the first is the current folder."""
    for name in ("here", "there"):
        folder = tmp_path / name
        folder.mkdir()
        command("init", str(folder))
    monkeypatch.chdir(tmp_path / "here")
    scheduler = Scheduler(load_config(tmp_path / "there" / ".redun"))
    scheduler.run(main(3))
    scheduler.close()
    return tmp_path


def command(*words: str) -> str:
    result = CliRunner().invoke(redun, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def fails(*words: str) -> str:
    result = CliRunner().invoke(redun, words)
    assert isinstance(result.exception, RedunError), result.output
    return str(result.exception)


def executions(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / ".redun" / "redun.db")) as connection:
        return [identity.hex() for (identity,) in connection.execute("SELECT id FROM execution")]


def test_names(projects: Path) -> None:
    ini = projects / "here" / ".redun" / "redun.ini"
    ini.write_text(
        ini.read_text()
        + "\n# Ours.\n[repos.old]\nconfig_dir = ../../there/.redun\n\n# Limits.\n[limits]\ncpu = 2\n"
    )
    before = ini.read_text()
    there = projects / "there" / ".redun"
    assert (
        command("repo", "add", "team", "../there", "--trusted")
        == f"Added the repository team: {there} (trusted)\n"
    )
    assert f"\n[repos.team]\nconfig_dir = {there}\ntrusted = true\n" in ini.read_text()
    assert command("repo", "list").splitlines() == [
        "Repositories:",
        f"  default: {ini.parent}",
        f"  old: {ini.parent}/../../there/.redun",
        f"  team: {there}  (trusted)",
    ]
    command("repo", "remove", "team")
    assert ini.read_text() == before
    command("repo", "remove", "old")
    assert ini.read_text() == before.replace("[repos.old]\nconfig_dir = ../../there/.redun\n\n", "")
    assert load_config(ini.parent)["limits"]["cpu"] == "2"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["repo", "add", "default", "../there"], "cannot be called 'default', which stands for this one"),
        (["repo", "add", "a]b", "../there"], "is no word of letters, digits, - and _"),
        (["repo", "add", "team", ".."], ".. holds no redun.ini"),
        (
            ["repo", "add", "team", "postgresql://host/redun"],
            "is no folder: name the one whose redun.ini says which",
        ),
        (["pull", "postgresql://host/redun"], "`redun repo add NAME DIR` names another"),
        (["repo", "remove", "team"], "has no section [repos.team]; `redun repo list`"),
        (["push", "team"], "no repository is called 'team'; there are: default"),
        (["--repo", "team", "log"], "no repository is called 'team'"),
        (["pull", "default"], "the repository 'default' is this one"),
        (["import", "-f", "absent.jsonl"], "absent.jsonl cannot be read"),
        (["export", "0123456789"], "no execution"),
    ],
)
def test_what_cannot_be(words: list[str], message: str, projects: Path) -> None:
    if words[0] == "export":
        command("repo", "add", "there", "../there")
        words = ["--repo", "there", *words]
    assert message in fails(*words)


def test_a_name_is_given_once(projects: Path) -> None:
    command("repo", "add", "team", "../there")
    assert "has a repository 'team' already" in fails("repo", "add", "team", "../there")


def test_a_command_runs_in_another_repository(projects: Path) -> None:
    command("repo", "add", "team", "../there")
    (identity,) = executions(projects / "there")
    assert identity[:8] in command("--repo", "team", "log")
    assert identity[:8] in command("-r", "team", "log")
    assert not executions(projects / "here")
    command("--repo", "default", "repo", "list")


def test_push_and_pull(projects: Path) -> None:
    command("repo", "add", "team", "../there")
    (identity,) = executions(projects / "there")
    assert command("pull", "team", identity[:6]).startswith("Pulled ")
    assert executions(projects / "here") == [identity]
    assert command("pull", "team") == "Pulled 0 new record(s) from repo 'team'\n"
    assert "(from team)" in command("log")
    assert json.loads(command("log", "--format", "json").splitlines()[0])["origin"] == "team"
    assert command("push", "team") == "Repo 'team' is up to date.\n"
    assert "in the record is called 'ffffffff'" in fails("pull", "team", "ffffffff")
    scheduler = Scheduler(load_config(projects / "here" / ".redun"))
    scheduler.run(main(2))
    scheduler.close()
    assert command("push", "team", "-").endswith("record(s) to repo 'team'\n")
    assert set(executions(projects / "there")) == set(executions(projects / "here"))


@pytest.mark.parametrize("what", ["-", "-.2", "main", "double"])
def test_parts_of_a_record(what: str, projects: Path, tmp_path: Path) -> None:
    command("repo", "add", "team", "../there")
    file = tmp_path / "part.jsonl.gz"
    command("--repo", "team", "export", what, "-f", str(file))
    command("import", "-f", str(file))
    assert len(executions(projects / "here")) == (what == "-")


def test_export_to_standard_output(projects: Path) -> None:
    command("repo", "add", "team", "../there")
    lines = command("--repo", "team", "export").splitlines()
    header, *records, footer = map(json.loads, lines)
    assert header["kind"] == "redun export"
    assert header["counts"]["execution"] == 1
    assert footer["records"] == len(records)
    result = CliRunner().invoke(redun, ["import"], input="\n".join(lines) + "\n", catch_exceptions=False)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert len(executions(projects / "here")) == 1


def old_schema(folder: Path) -> None:
    with closing(sqlite3.connect(folder / ".redun" / "redun.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9.0'")
        connection.commit()


def test_a_newer_schema_is_refused(projects: Path) -> None:
    command("repo", "add", "team", "../there")
    command("pull", "team")
    old_schema(projects / "there")
    assert "has schema 9.0" in fails("push", "team")
    assert "has schema 9.0" in fails("pull", "team")


@pytest.mark.parametrize("allowed", [True, False])
def test_an_older_schema_is_changed_if_its_configuration_allows(allowed: bool, projects: Path) -> None:
    from redun.recorder.migrations import downgrade_any
    from sqlalchemy import create_engine

    path = projects / "there" / ".redun" / "redun.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        downgrade_any(connection, "1.1")
    engine.dispose()
    if not allowed:
        ini = path.with_name("redun.ini")
        ini.write_text(ini.read_text().replace("[backend]\n", "[backend]\nautomigrate = false\n"))
    command("repo", "add", "team", "../there")
    attempt: Callable[..., str] = command if allowed else fails
    assert ("1.1" in attempt("push", "team")) is not allowed
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == (
            "1.3" if allowed else "1.1",
        )
