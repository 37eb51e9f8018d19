"""Copies of the examples, run by the `redun` command as a reader of their pages would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
import warm

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
PROGRAMS = Path(sys.executable).parent
LINE = re.compile(r"^\[redun\] (Run   |Cached|Failed) Job ([0-9a-f]{8}\.\d+):  [\w.]*?(\w+)\(", re.M)


@attrs.frozen
class Outcome:
    """What one command printed and, if it was a run, the jobs by the names of their tasks."""

    stdout: str
    stderr: str

    def _jobs(self, action: str) -> Counter[str]:
        # A job is one job however often it was attempted.
        jobs = {job: task for found, job, task in LINE.findall(self.stderr) if found.strip() == action}
        return Counter(jobs.values())

    @property
    def ran(self) -> Counter[str]:
        return self._jobs("Run")

    @property
    def cached(self) -> Counter[str]:
        return self._jobs("Cached")

    @property
    def failed(self) -> Counter[str]:
        return self._jobs("Failed")


class Example:
    """A copy of an example, without anything that an earlier run of it made."""

    def __init__(self, name: str, folder: Path) -> None:
        self.source = EXAMPLES / name
        self.folder = folder
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        for path in subprocess.check_output(command, cwd=self.source, text=True).splitlines():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes((self.source / path).read_bytes())

    def command(self, *words: str, code: int = 0, **variables: str) -> Outcome:
        """Run a program of this environment, which must end with the given exit code."""
        done = warm.run(
            [PROGRAMS / words[0], *words[1:]],
            cwd=self.folder,
            env=os.environ | {"COLUMNS": "120", "NO_COLOR": "1"} | variables,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return Outcome(done.stdout.strip(), done.stderr)

    def run(self, *words: str, code: int = 0, **variables: str) -> Outcome:
        """Run `redun run`."""
        return self.command("redun", "run", *words, code=code, **variables)

    def log(self, *words: str) -> str:
        """Return what `redun log` prints."""
        return self.command("redun", "log", *words).stdout

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[str], Example]:
    """Return a function that copies an example, given by its name."""

    def copy_of(name: str) -> Example:
        folder = tmp_path / name
        folder.mkdir()
        return Example(name, folder)

    return copy_of
