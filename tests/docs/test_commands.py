"""The commands that the pages give for a checkout work in a fresh clone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEST_COMMAND = "python3 tools/dev.py test"
COMMANDS = {
    command: page
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    for block in BLOCK.findall(page.read_text())
    for command in block.splitlines()
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of this repository as git knows them, without anything built."""
    folder = tmp_path_factory.mktemp("checkout")
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def test_ci_runs_the_test_command() -> None:
    # It cannot be run here: it is what runs this test.
    assert TEST_COMMAND in COMMANDS
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == TEST_COMMAND


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != TEST_COMMAND])
def test_command_works(command: str, checkout: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("TOX", "VIRTUAL_ENV"))
    }
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=checkout, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"{COMMANDS[command]}: {command}\n{done.stdout}\n{done.stderr}"


def test_example_shows_where_a_program_came_from(checkout: Path) -> None:
    command = "python3 tools/dev.py example"
    assert command in COMMANDS
    done = subprocess.run([*command.split()], cwd=checkout, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    for word in ("link", "lib.c", "prog.c", "make_prog"):
        assert word in done.stdout
    assert subprocess.run([checkout / "examples" / "compile" / "prog"]).returncode == 0
