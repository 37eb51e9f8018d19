"""Every code block of the documentation runs.

`python` blocks run on their own; one that begins with a comment that names a file is saved as well. In `console` blocks
the commands after `$` run in a shell, in the page's own folder, and print what stands below them, `...` standing for
anything; ids and times are those of another run. `ini`, `toml` and `json` blocks are read, `sql` blocks run on the
record that the page's commands left, and `postgresql` blocks where a server is (`tests/postgres`). Blocks without a
language are pictures. `sh` blocks are commands for a checkout: `test_commands.py` runs them in a copy of it.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path

import pytest
from redun.config import Config

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("packages/*/README.md"),
        *ROOT.glob("examples/*/README.md"),
    ]
)
BLOCK = re.compile(r"^```(?P<language>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"# (?P<name>[\w./-]+\.\w+)\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_run(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if any("s3://my-bucket" in code for language, code in blocks(page) if language in ("python", "console")):
        request.getfixturevalue("my_bucket")
    if page.parent.parent.name == "examples":
        copy_sources(page.parent, tmp_path)
    for match in BLOCK.finditer(page.read_text()):
        line = page.read_text().count("\n", 0, match.start()) + 1
        run_block(match["language"].strip(), match["code"], tmp_path, f"{page.relative_to(ROOT)}:{line}")


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(match["language"].strip(), match["code"]) for match in BLOCK.finditer(page.read_text())]


@pytest.fixture
def my_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A bucket of that name on a server of this machine, for the pages that use it."""
    import boto3
    from services.s3 import moto_server

    with moto_server() as endpoint:
        for name, value in endpoint.environment().items():
            monkeypatch.setenv(name, value)
        boto3.client("s3").create_bucket(Bucket="my-bucket")
        yield


def copy_sources(source: Path, folder: Path) -> None:
    """Copy an example, but nothing that an earlier run of it made."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=source,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((source / name).read_bytes())


def run_block(language: str, code: str, folder: Path, where: str) -> None:
    """Run a block in a folder."""
    if language == "python":
        if saved := FILE_NAME.match(code):
            (folder / saved["name"]).write_text(code)
        run([sys.executable, "-c", code], folder, where)
    elif language == "console":
        for command, expected in commands(code):
            check_output(run(["bash", "-c", command], folder, where), expected, where)
    elif language == "ini":
        config = Config()
        config.read_string(code, where)
        assert config.get_config_dict(), where
    elif language == "toml":
        assert tomllib.loads(code), where
    elif language == "json":
        json.loads(code)
    elif language == "sql":
        with closing(sqlite3.connect(f"file:{folder}/.redun/redun.db?mode=ro", uri=True)) as database:
            for statement in filter(str.strip, code.split(";")):
                assert database.execute(statement).fetchall(), f"{where}: found nothing"
    elif language == "postgresql":
        assert where.startswith("docs/postgres.md:"), f"{where}: tests/postgres reads another page"
    else:
        assert language in ("", "text", "sh"), f"{where}: nobody runs {language!r} blocks"


def commands(code: str) -> list[tuple[str, str]]:
    """Return each command with what it should print."""
    parts = re.split(r"^\$ ", code, flags=re.MULTILINE)
    assert not parts[0].strip(), "a console block begins with `$ `"
    split = [part.partition("\n") for part in parts[1:]]
    return [(command, expected) for command, _, expected in split]


def run(command: list[str], folder: Path, where: str) -> str:
    """Run a command that must succeed and return all that it printed."""
    environment = os.environ | {"COLUMNS": "120", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    # Python takes bytecode for current if the source was edited within the same second to the same size.
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    assert done.returncode == 0, f"{where}: {command[-1]}\n{done.stdout}"
    return done.stdout


def timeless(text: str) -> str:
    """Replace what differs from run to run."""
    text = re.sub(r"\b[0-9a-f]{8,40}\b", "<id>", text)
    return re.sub(r"\b\d{4}[-/]\d\d[-/]\d\d \d\d:\d\d:\d\d\b", "<time>", text)


def check_output(printed: str, expected: str, where: str) -> None:
    """Compare, `...` standing for any text; a command shown without output may print anything."""
    checker = OutputChecker()
    matches = checker.check_output(timeless(expected), timeless(printed), ELLIPSIS | NORMALIZE_WHITESPACE)
    assert not expected or matches, f"{where}: printed\n{printed}\ninstead of\n{expected}"
