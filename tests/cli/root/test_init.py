"""`redun init` makes a configuration and a record, once."""

from __future__ import annotations

import sqlite3
import stat
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace


@pytest.mark.parametrize(
    ("words", "folder"),
    [(["init"], ".redun"), (["init", "project"], "project/.redun"), (["-c", "conf", "init"], "conf")],
)
def test_it_creates_configuration_and_database(workspace: Workspace, words: list[str], folder: str) -> None:
    done = workspace.redun(*words)
    made = workspace.folder / folder
    assert done.stdout == f"Initialised redun in {made}\n"
    assert done.stderr == ""
    assert "[backend]" in (made / "redun.ini").read_text()
    with sqlite3.connect(made / "redun.db") as database:
        assert database.execute("select count(*) from execution").fetchone() == (0,)
    assert stat.S_IMODE((made / "redun.db").stat().st_mode) == 0o600


def test_it_leaves_what_is_there(workspace: Workspace) -> None:
    workspace.redun("init")
    ini = workspace.folder / ".redun" / "redun.ini"
    ini.write_text("[backend]\ndb_uri = sqlite:///other.db\n")
    done = workspace.redun("init")
    assert "before" in done.stdout
    assert ini.read_text() == "[backend]\ndb_uri = sqlite:///other.db\n"
    assert (ini.parent / "other.db").exists()


def test_two_places_at_once_are_wrong_usage(workspace: Workspace) -> None:
    assert "either DIR or -c" in workspace.redun("-c", "conf", "init", "project", code=2).stderr


def test_a_place_that_cannot_be_written(workspace: Workspace) -> None:
    workspace.write("file", "")
    done = workspace.redun("-c", "file/conf", "init", code=1)
    assert done.stderr.startswith("redun: error: ")
    assert "cannot be written" in done.stderr
