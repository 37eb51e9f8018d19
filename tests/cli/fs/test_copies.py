"""`redun fs cp`: what goes where, and how far it is."""

from __future__ import annotations

import os
import pty
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import warm

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace


@pytest.fixture
def files(workspace: Workspace) -> Workspace:
    for name in ("a.txt", "b.txt", "sub/c.csv", "sub/deep/d"):
        workspace.write(name, name)
    return workspace


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_several_go_into_a_directory(files: Workspace) -> None:
    files.redun("fs", "cp", "a.txt", "sub/c.csv", "new/")
    files.redun("fs", "cp", "*.txt", "pattern/")
    files.redun("fs", "cp", "a.txt", "slash/")
    (files.folder / "there").mkdir()
    files.redun("fs", "cp", "a.txt", "there")
    files.redun("fs", "cp", "-r", "a.txt", "sub", "all/")
    assert tree(files.folder / "new") == ["a.txt", "c.csv"]
    assert tree(files.folder / "pattern") == ["a.txt", "b.txt"]
    assert tree(files.folder / "slash") == tree(files.folder / "there") == ["a.txt"]
    assert tree(files.folder / "all") == ["a.txt", "sub/c.csv", "sub/deep/d"]
    assert (files.folder / "all/sub/deep/d").read_text() == "sub/deep/d"


def test_a_directory_becomes_its_copy_or_goes_into_one(files: Workspace) -> None:
    (files.folder / "empty").mkdir()
    for _ in range(2):
        files.redun("fs", "cp", "-r", "sub", "copy")
    files.redun("fs", "cp", "-r", "sub", "into/")
    files.redun("fs", "cp", "-r", "empty", "nothing")
    files.redun("fs", "cp", "-r", "a.txt", "file")
    assert tree(files.folder / "copy") == ["c.csv", "deep/d"]
    assert tree(files.folder / "into") == ["sub/c.csv", "sub/deep/d"]
    assert (files.folder / "nothing").is_dir()
    assert (files.folder / "file").is_file()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["a.txt", "b.txt", "new"], 2, "several files are copied into a directory: end new with a slash"),
        (["*.txt", "new"], 2, "end new with a slash"),
        (["a.txt", "-", "new/"], 2, "one file is copied from standard input"),
        (["a.txt"], 2, "Missing argument"),
        (["sub", "new"], 1, "This is a directory, which -r copies: 'sub'"),
        (["*.nope", "new/"], 1, "Nothing matches the pattern: '*.nope'"),
        (["a.txt", "nope", "new/"], 1, "No such file or directory: 'nope'"),
        (["a.txt", "b.txt/x"], 1, "b.txt"),
    ],
)
def test_errors(files: Workspace, words: list[str], code: int, message: str) -> None:
    done = files.redun("fs", "cp", *words, code=code)
    assert message in done.stderr
    assert code == 2 or len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_progress_is_shown_on_a_terminal_alone(files: Workspace) -> None:
    # Slow enough for somebody to wonder.
    code = (
        "import sys, redun_cli.status_line as line; line._PATIENCE_S = 0; "
        "from redun_cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "fs", "cp", "-r", "sub", "copy"]
    quiet = warm.run(command, cwd=files.folder, capture_output=True, check=True)
    assert quiet.stdout == quiet.stderr == b""
    shown, terminal = pty.openpty()
    warm.run(command, cwd=files.folder, stderr=terminal, check=True)
    os.close(terminal)
    text = os.read(shown, 10_000).decode()
    os.close(shown)
    assert "copied 1 of 2 files" in text
    assert text.endswith("\r\x1b[K")
