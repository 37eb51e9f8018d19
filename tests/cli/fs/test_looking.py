"""`redun fs ls`, `cat` and `stat`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import warm

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

PLUGIN = """
    from redun.plugin import FileSystemSpec, hookimpl

    REDUN_API = 1

    @hookimpl
    def redun_filesystems():
        return [FileSystemSpec("shelf", "shelf_files:Shelf")]
"""
SHELF = """
    import os
    from redun.filesystems.base import FileSystem
    from redun.filesystems.local import LocalFileSystem

    class Shelf(LocalFileSystem):
        scheme = "shelf"
        root = ""

        def configure(self, options):
            Shelf.root = options["root"]

        def glob(self, pattern):
            return ["shelf://" + path.removeprefix(Shelf.root) for path in super().glob(_local(pattern))]

        def shell_copy(self, source, dest, recursive=False, as_mount=False):
            return super().shell_copy(_local(source or ""), _local(dest or ""), recursive)

        entries = FileSystem.entries

    def _local(path):
        return Shelf.root + path.removeprefix("shelf://") if path.startswith("shelf://") else path

    def _served(name):
        def method(self, path, *args, **options):
            return getattr(super(Shelf, self), name)(_local(path), *args, **options)
        return method

    NAMES = "open exists isfile isdir filesize remove touch mkdir rmdir listing stat_signature fingerprint"
    for _name in NAMES.split():
        setattr(Shelf, _name, _served(_name))
"""


@pytest.fixture
def shelf(workspace: Workspace) -> Path:
    """Where the files of shelf:// are: another file system than that of this machine, as far as redun knows."""
    folder = workspace.folder.parent / "shelf"
    folder.mkdir()
    workspace.install_plugin("fs_shelf", PLUGIN, shelf_files=SHELF)
    workspace.write(".redun/redun.ini", f"[filesystems.shelf]\nroot = {folder}/\n")
    return folder


@pytest.fixture
def files(workspace: Workspace) -> Workspace:
    for name, text in {
        "b.txt": "bb",
        "a.txt": "",
        "sub/c.csv": "ccc",
        "sub/deep/d": "d",
        ".hid": "h",
    }.items():
        workspace.write(name, text)
    return workspace


def lines(workspace: Workspace, *words: str) -> list[str]:
    return workspace.redun("fs", *words).stdout.splitlines()


def test_ls(files: Workspace) -> None:
    assert lines(files, "ls") == [".hid", "a.txt", "b.txt", "sub/"]
    assert lines(files, "ls", "sub") == ["sub/c.csv", "sub/deep/"]
    assert lines(files, "ls", "-r") == [".hid", "a.txt", "b.txt", "sub/c.csv", "sub/deep/d"]
    assert lines(files, "ls", "*.txt", "sub/c.csv") == ["a.txt", "b.txt", "sub/c.csv"]
    assert lines(files, "ls", "**/*.csv", "su?") == ["sub/c.csv", "sub/"]
    assert lines(files, "ls", "-l", "sub", "b.txt") == ["3  sub/c.csv", "   sub/deep/", "2  b.txt"]
    assert json.loads(files.redun("fs", "ls", "--json", str(files.folder / "sub")).stdout) == [
        {"path": f"{files.folder}/sub/c.csv", "type": "file", "size": 3},
        {"path": f"{files.folder}/sub/deep", "type": "directory", "size": None},
    ]


def test_ls_of_odd_things(workspace: Workspace) -> None:
    workspace.write("[x]/1", "1")
    workspace.write("red\x1b[31m", "")
    (workspace.folder / "[x]" / "back").symlink_to("..")
    (workspace.folder / "[x]" / "gone").symlink_to("nowhere")
    (workspace.folder / "empty").mkdir()
    assert lines(workspace, "ls", "[x]") == ["[x]/1", "[x]/back/", "[x]/gone"]
    assert lines(workspace, "ls", "empty") == []
    assert lines(workspace, "ls", "red*") == [r"red\x1b[31m"]
    assert "[x]/1" in lines(workspace, "ls", "-r")


def test_another_file_system(files: Workspace, shelf: Path) -> None:
    files.redun("fs", "cp", "-r", "sub", "shelf://kept/sub")
    assert lines(files, "ls", "-l", "shelf://kept/sub") == [
        "3  shelf://kept/sub/c.csv",
        "   shelf://kept/sub/deep/",
    ]
    assert lines(files, "ls", "-r", "shelf://kept") == ["shelf://kept/sub/c.csv", "shelf://kept/sub/deep/d"]
    assert lines(files, "ls", "shelf://kept/*/*.csv") == ["shelf://kept/sub/c.csv"]
    assert files.redun("fs", "cat", "shelf://kept/sub/c.csv", "b.txt").stdout == "cccbb"
    assert json.loads(files.redun("fs", "stat", "--json", "shelf://kept/sub").stdout)[0]["files"] == 2


def test_cat_is_binary_and_minds_a_closed_pipe(files: Workspace) -> None:
    content = bytes(range(256)) * 8000
    (files.folder / "big").write_bytes(content)
    redun = [Path(sys.executable).with_name("redun"), "fs", "cat", "big", "sub/*.csv"]
    assert warm.run(redun, cwd=files.folder, stdout=subprocess.PIPE, check=True).stdout == content + b"ccc"

    reading, writing = os.pipe()
    process = warm.Popen(redun, cwd=files.folder, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert os.read(reading, 3) == b"\0\1\2"
    os.close(reading)
    assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 1


def test_stat(files: Workspace) -> None:
    code = "from redun import File, Dir; print(File('b.txt').hash, Dir('sub').hash)"
    done = warm.run(
        [sys.executable, "-c", code], cwd=files.folder, capture_output=True, text=True, check=True
    )
    hashes = done.stdout.split()
    status = os.stat(files.folder / "b.txt")
    shown = files.redun("fs", "stat", "b.txt", "sub").stdout
    signature = f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"
    assert shown == (
        f"path:      b.txt\ntype:      file\nsize:      2\nhash:      {hashes[0]}\nsignature: {signature}\n\n"
        f"path:      sub\ntype:      directory\nfiles:     2\nsize:      4\nhash:      {hashes[1]}\n"
    )
    found = json.loads(files.redun("fs", "stat", "--json", "*.txt").stdout)
    assert [(facts["path"], facts["type"], facts["size"]) for facts in found] == [
        *(("a.txt", "file", 0), ("b.txt", "file", 2))
    ]


@pytest.mark.parametrize("command", ["ls", "cat", "stat"])
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nope", "No such file or directory: 'nope'"),
        ("*.nope", "Nothing matches the pattern: '*.nope'"),
        ("s9://bucket/x", "No file system serves s9://"),
    ],
)
def test_errors(files: Workspace, command: str, path: str, message: str) -> None:
    done = files.redun("fs", command, path, code=1)
    [line] = done.stderr.splitlines()
    assert line.startswith("redun: error: ")
    assert message in line
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["ls", "stat"])
def test_one_that_is_missing_does_not_hide_the_others(files: Workspace, command: str) -> None:
    done = files.redun("fs", command, "nope", "b.txt", code=1)
    assert "b.txt" in done.stdout
    assert "nope" in done.stderr


def test_a_directory_cannot_be_shown(files: Workspace) -> None:
    assert "Is a directory" in files.redun("fs", "cat", "sub", code=1).stderr
