"""`redun fs` lists file systems and copies between them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

PLUGIN = """
    from redun.plugin import FileSystemSpec, hookimpl

    REDUN_API = 1

    @hookimpl
    def redun_filesystems():
        return [FileSystemSpec("upper", "upper_files:Upper"), FileSystemSpec("lost", "no_such_module:Lost")]
"""
UPPER = """
    from redun.filesystems.http import HTTPFileSystem
    import io

    class Upper(HTTPFileSystem):
        scheme = "upper"

        def open(self, path, mode="r", encoding=None, **options):
            return io.BytesIO(path.upper().encode())
"""


def test_the_file_systems(workspace: Workspace) -> None:
    listed = "Supported filesystems:\n  local\n  http\n  https\n"
    assert workspace.redun("--no-plugins", "fs").stdout == listed
    workspace.install_plugin("fs_upper", PLUGIN, upper_files=UPPER)
    shown = workspace.redun("fs").stdout
    assert shown.startswith(listed)
    assert shown.endswith("  upper\n")
    workspace.redun("fs", "cp", "upper://here", "copy")
    assert (workspace.folder / "copy").read_text() == "UPPER://HERE"


def test_copying(workspace: Workspace) -> None:
    workspace.write("d/deep/a.txt", "content\n")
    workspace.redun("fs", "cp", "d/deep/a.txt", "new/b.txt")
    assert (workspace.folder / "new/b.txt").read_text() == "content\n"
    assert workspace.redun("fs", "cp", "new/b.txt", "-").stdout == "content\n"
    for _ in range(2):
        workspace.redun("fs", "cp", "--recursive", "d", "e")
    assert (workspace.folder / "e/deep/a.txt").read_text() == "content\n"
    assert not (workspace.folder / "e/d").exists()


def test_standard_input(workspace: Workspace) -> None:
    process = workspace.start("fs", "cp", "-", "a", stdin=subprocess.PIPE)
    process.communicate("piped", timeout=60)
    assert (process.returncode, (workspace.folder / "a").read_text()) == (0, "piped")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nope", "copy"], "nope"),
        (["-r", "nope", "copy"], "No such directory to copy: 'nope'"),
        (["gs://bucket/a", "copy"], "redun-fs-gs"),
    ],
)
def test_errors(workspace: Workspace, words: list[str], message: str) -> None:
    done = workspace.redun("fs", "cp", *words, code=1)
    assert message in done.stderr
    assert not (workspace.folder / "copy").exists()
    assert "two paths" in workspace.redun("fs", "cp", "-r", "-", "copy", code=2).stderr
