from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redun.errors import RedunError
from redun_cli.db.command import db
from redun_cli.invocation import Invocation

HERE = Path(__file__).parents[2] / "core" / "retention"
sys.path.insert(0, str(HERE))

from retention_work import run_everything  # noqa: E402


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose record has three executions; not to be changed."""
    folder = tmp_path_factory.mktemp("db") / "project"
    for numbers, tags in (([1], []), ([2], [("stage", 2)]), ([1, 3], [("stage", 2), ("good", True)])):
        run_everything(folder / ".redun" / "redun.db", numbers, tags=tags)
    (folder / ".redun" / "redun.ini").write_text("[backend]\ndb_uri = sqlite:///redun.db\n")
    return folder


@pytest.fixture
def database(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the record, in the current folder's project."""
    folder = tmp_path / "project"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TZ", "UTC")
    return folder / ".redun" / "redun.db"


@pytest.fixture
def invoke(database: Path) -> Callable[..., Result]:
    """Run `redun db` with some words; its exit code is to be 0, or `code`."""

    def run(*words: str, code: int = 0, typed: str | None = None) -> Result:
        result = CliRunner().invoke(db, words, obj=Invocation(), standalone_mode=False, input=typed)
        if result.exception is None:
            assert (result.return_value or 0) == code, result.output
        return result

    return run


@pytest.fixture
def shows(invoke: Callable[..., Result]) -> Callable[..., str]:
    """Return what a command that succeeds writes to standard output."""

    def run(*words: str, code: int = 0) -> str:
        result = invoke(*words, code=code)
        if result.exception is not None:
            raise result.exception
        return result.stdout

    return run


@pytest.fixture
def fails(invoke: Callable[..., Result]) -> Callable[..., str]:
    """Return the message of a command that fails."""

    def run(*words: str) -> str:
        result = invoke(*words)
        assert isinstance(result.exception, RedunError), result.output
        return str(result.exception)

    return run
