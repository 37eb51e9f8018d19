"""`redun db` as it is typed."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result
from redun import __version__
from retention_work import Held

Shows = Callable[..., str]


def query(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(sql).fetchall()


def test_info(shows: Shows, database: Path) -> None:
    text = shows("info")
    lines = text.splitlines()
    assert lines[:2] == [f"redun :: version {__version__}", f"config dir: {database.parent}"]
    assert f"database: {database}" in lines
    assert any(re.fullmatch(r"db version: 1\.3 '.+'", line) for line in lines)
    assert "compatible: True" in lines
    assert "3 executions: 3 done" in lines
    assert re.search(r"^value store +\d\.\d MiB +3 files$", text, re.MULTILINE)
    assert re.search(r"^execution +3", text, re.MULTILINE)
    assert re.search(r"^oldest \d{4}-\d\d-\d\d .*, newest ", text, re.MULTILINE)


def test_info_as_json(shows: Shows, database: Path) -> None:
    found = json.loads(shows("info", "--format", "json"))
    assert found["schema"] == found["needed"] == "1.3"
    assert found["executions"] == {"DONE": 3}
    assert found["tables"]["execution"]["rows"] == 3
    assert found["bytes"]["database"] == database.stat().st_size
    assert found["oldest"] < found["newest"]


def test_versions(shows: Shows) -> None:
    lines = shows("versions").splitlines()
    assert lines[0].split() == ["Version", "Description"]
    assert [line.split()[0] for line in lines[1:]] == ["1.0", "1.1", "1.2", "1.3"]
    found = json.loads(shows("versions", "--format", "json"))
    assert [one["version"] for one in found if one["current"]] == ["1.3"]


def test_check(shows: Shows, invoke: Callable[..., Result], database: Path) -> None:
    assert shows("check").endswith("no problems; --deep looks at every hash and payload\n")
    result = invoke("check", "--deep")
    assert result.stdout == f"{database}: no problems\n"
    assert "checking values\n" in result.stderr
    query(database, "UPDATE argument SET name = 'other' WHERE name = 'x'")
    ((call,), *_) = query(
        database,
        "SELECT lower(hex(c.hash)) FROM call_node c JOIN argument a USING (eval_hash) WHERE name = 'other' ORDER BY 1",
    )
    text = shows("check", "--deep", code=1)
    assert re.match(r"problem: eval hash \(\d+\)\n  The key of a call does not follow from its task", text)
    assert call in text
    assert (
        "\n  What to do: do not rely on the arguments shown; run the workflow again with --no-cache" in text
    )
    assert re.search(r"\d+ problems\n\Z", text)
    found = json.loads(shows("check", "--deep", "--format", "json", code=1))
    assert found["problems"] == found["found"][0]["count"]
    assert found["found"][0]["kind"] == "eval hash"


def test_remarks_are_no_problems(shows: Shows, database: Path) -> None:
    query(database, "UPDATE execution SET status = 0, heartbeat = 5, pid = 999999999 WHERE key = 1")
    text = shows("check")
    assert text.startswith(
        "remark: crashed (1)\n  An execution is recorded as running, and its process is gone.\n"
    )
    assert "What to do: nothing: the next run closes its record" in text


def test_check_of_what_is_not_there(fails: Shows, tmp_path: Path) -> None:
    assert "no record yet" in fails("check", str(tmp_path / "none.db"))
    (tmp_path / "text.db").write_text("This is no database, whatever its name says.\n" * 100)
    assert "is not a SQLite database, or is damaged" in fails("check", str(tmp_path / "text.db"))


def test_gc_says_what_it_would_do_and_does_it(shows: Shows, database: Path) -> None:
    text = shows("gc", "--keep-last", "1")
    assert text.startswith("Would remove 2 of 3 executions, and what only they lead to:\n")
    assert re.search(r"^  execution +2 ", text, re.MULTILINE)
    assert re.search(r"^  payload +1 +1\.0 MiB$", text, re.MULTILINE)
    assert text.endswith("Nothing was changed. Add --yes to remove this.\n")
    assert len(query(database, "SELECT * FROM execution")) == 3
    text = shows("gc", "--keep-last", "1", "--yes")
    assert text.startswith("Removed 2 executions, and what only they led to:\n")
    assert "Returned " in text
    assert query(database, "SELECT key FROM execution") == [(3,)]
    assert "  nothing\n" in shows("gc", "--unreachable-only")
    assert shows("check", "--deep").endswith("no problems\n")


def test_gc_as_json(shows: Shows) -> None:
    planned = json.loads(shows("gc", "--tag", "stage=2", "--format", "json"))
    assert (planned["done"], planned["executions"], planned["of"]) == (False, 2, 3)
    assert planned["kinds"]["job"]["count"] > 10
    done = json.loads(shows("gc", "--tag", "stage=2", "--yes", "--format", "json"))
    assert (done["done"], done["executions"], done["marked"]) == (True, 2, 0)
    assert done["kinds"]["job"]["count"] == planned["kinds"]["job"]["count"]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("--older-than", "1h"), 0),
        (("--older-than", "0s", "--not-tag", "good"), 2),
        (("--tag", "stage"), 2),
        (("--tag", "stage=2", "--tag", "good=true"), 1),
        (("--tag", "stage=3"), 0),
        (("--keep-last", "1", "--overall"), 2),
        (("--all",), 3),
        (("--all", "--keep-files"), 0),
    ],
)
def test_gc_conditions(shows: Shows, words: tuple[str, ...], number: int) -> None:
    assert f"Would remove {number} of 3 executions" in shows("gc", *words)


def test_gc_keeps_what_made_files_that_exist(shows: Shows, database: Path) -> None:
    ((path,),) = query(database, "SELECT path FROM file WHERE path LIKE '%/2.txt'")
    text = Path(path).read_text()
    try:
        Path(path).unlink()
        assert "Would remove 1 of 3 executions" in shows("gc", "--all", "--keep-files")
    finally:
        Path(path).write_text(text)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "say what may go: --keep-last, --older-than, --tag, --not-tag, --all, or --unreachable-only"),
        (
            ("--unreachable-only", "--all"),
            "--unreachable-only removes no execution: leave out the other conditions",
        ),
        (("--overall", "--all"), "--overall goes with --keep-last"),
        (("--older-than", "soon"), "'soon' is no moment"),
        (("--tag", "=3"), "=3"),
    ],
)
def test_gc_wants_to_be_told_properly(
    invoke: Callable[..., Result], words: tuple[str, ...], message: str
) -> None:
    error = invoke("gc", *words).exception
    assert isinstance(error, click.UsageError)
    assert message in error.message


def test_gc_of_everything_must_be_said(fails: Shows, shows: Shows, database: Path) -> None:
    message = fails("gc", "--keep-last", "0")
    assert "this would remove every execution of the record (3)" in message
    assert "--all" in message
    shows("gc", "--all", "--yes")
    assert query(database, "SELECT * FROM execution") == []


def test_gc_beside_a_run_says_what_waits_for_it(shows: Shows, database: Path) -> None:
    held = Held(database, [9], "cli")
    assert "Kept, for it is running: execution " in shows("gc", "--all")
    text = shows("gc", "--all", "--yes")
    assert (
        "more can go when the executions that run now have ended: `redun db gc --unreachable-only --yes`"
        in text
    )
    assert (
        f"  execution {query(database, 'SELECT lower(hex(id)) FROM execution')[0][0][:8]} (process " in text
    )
    assert re.search(r"\d+ rows marked for removal", shows("info"))
    held.finish()
    shows("gc", "--unreachable-only", "--yes")
    assert "marked" not in shows("info").replace("doomed", "")


def test_pins(shows: Shows, fails: Shows, database: Path) -> None:
    (last,), *_ = query(database, "SELECT lower(hex(id)) FROM execution WHERE key = 3")
    assert shows("pin", "-") == f"{last} is now pinned\n"
    assert shows("pin", last[:8], "-") == f"{last} is already pinned\n"
    assert "1 pinned" in shows("info")
    shows("gc", "--all", "--yes")
    assert query(database, "SELECT key FROM execution") == [(3,)]
    assert shows("unpin", "-") == f"{last} is no longer pinned\n"
    assert "nothing has the tag pinned" in fails("unpin", "-")
    assert "no execution in the record is called 'nobody'" in fails("pin", "nobody")


def test_backup(shows: Shows, fails: Shows, database: Path, tmp_path: Path) -> None:
    target = tmp_path / "backups" / "monday.db"
    text = shows("backup", str(target))
    assert re.match(
        rf"Copied to {re.escape(str(target))}: \d+\.\d KiB, checked\.\nLarge values are in .*values: 3 files",
        text,
    )
    assert "no problems" in shows("check", "--deep", str(target))
    assert f"database: {target}" in shows("info", str(target))
    assert "a backup replaces nothing" in fails("backup", str(target))


def test_down_and_up(shows: Shows, fails: Shows, database: Path, tmp_path: Path) -> None:
    target = tmp_path / "backups" / "before.db"
    text = shows("downgrade", "1.1", "--backup", str(target))
    assert "Initial db version: 1.3\nCopied to " in text
    assert "Final db version: 1.1\n" in text
    assert "brings it to 1.3 again" in text
    assert query(target, "SELECT version_num FROM alembic_version") == [("1.3",)]
    assert "`redun db upgrade` brings it there" in fails("gc", "--all")
    assert "db version: 1.1 " in shows("info")
    assert "problem: schema (1)" in shows("check", code=1)
    assert shows("upgrade", "--no-backup").endswith("Initial db version: 1.1\nFinal db version: 1.3\n")
    assert shows("upgrade").endswith("Initial db version: 1.3\nNo migration needed.\n")
    assert "1.0 is older: `redun db downgrade 1.0`, not upgrade" in fails("upgrade", "1.0")
    assert "there is no schema 3.4: this redun knows 1.0, 1.1, 1.2, 1.3 and latest" in fails(
        "downgrade", "3.4"
    )


def test_a_copy_is_offered_on_a_terminal(
    invoke: Callable[..., Result], database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redun_cli.db import versions

    monkeypatch.setattr(versions, "_on_terminal", lambda: True)
    target = tmp_path / "backups" / "offered.db"
    result = invoke("downgrade", "1.1", typed=f"{target}\n")
    assert "Copy the record first? A file name, or nothing for no copy" in result.output
    assert target.exists()
    result = invoke("upgrade", typed="\n")
    assert "Final db version: 1.3" in result.output


def test_running_executions_are_in_the_way(fails: Shows, database: Path) -> None:
    held = Held(database, [9], "cli versions")
    assert "executions are running (1; the first is execution " in fails("downgrade", "1.1")
    held.finish()


def test_a_newer_schema_is_told(shows: Shows, fails: Shows, database: Path) -> None:
    query(database, "UPDATE alembic_version SET version_num = '9.9'")
    assert "compatible: False" in shows("info")
    assert "problem: schema" in shows("check", code=1)
    assert "written by a newer redun" in fails("gc", "--all")
    assert "written by a newer redun: only that one can change it" in fails("upgrade")


def test_only_downgrade_must_be_given_a_version(shows: Shows) -> None:
    assert "upgrade [OPTIONS] [VERSION]\n" in shows("upgrade", "--help")
    assert "downgrade [OPTIONS] VERSION\n" in shows("downgrade", "--help")
