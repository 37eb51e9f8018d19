"""mypy and pyright, in their strict modes, accept and refuse the lines of `programs/` alike."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
# What a checker says about style, not about types.
_STYLE = {"reportUnusedVariable", "reportUnusedExpression", "reportUnusedCoroutine"}


def marked(program: Path) -> set[int]:
    """Return the lines that are to be refused."""
    lines = enumerate(program.read_text().splitlines(), 1)
    return {number for number, line in lines if re.search(r"# refused\b", line)}


def compare(program: Path, refused: Iterable[tuple[int, str]]) -> None:
    """Compare what a checker refused with what is marked."""
    found: dict[int, str] = {}
    for number, message in refused:
        found.setdefault(number, message)
    wanted = marked(program)
    surprises = [f"{program.name}:{number}: {found[number]}" for number in sorted(set(found) - wanted)]
    missed = [f"{program.name}:{number}: accepted" for number in sorted(wanted - set(found))]
    assert not surprises + missed, "\n".join(surprises + missed)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_mypy(program: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(tmp_path)]
    done = subprocess.run([*command, str(program)], capture_output=True, text=True, cwd=program.parent)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    matches = re.finditer(r"^[^:]+:(\d+): error: (.*)$", done.stdout, re.M)
    compare(program, [(int(match[1]), match[2]) for match in matches])


@pytest.fixture(scope="module")
def pyright_says() -> dict[str, list[tuple[int, str]]]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pyright",
            "--outputjson",
            "--pythonpath",
            sys.executable,
            *map(str, PROGRAMS),
        ],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
    )
    report = json.loads(done.stdout)
    said: dict[str, list[tuple[int, str]]] = {program.name: [] for program in PROGRAMS}
    for problem in report["generalDiagnostics"]:
        if problem["severity"] == "error" and problem.get("rule") not in _STYLE:
            place = Path(problem["file"]).name, problem["range"]["start"]["line"] + 1
            said[place[0]].append((place[1], problem["message"]))
    assert report["summary"]["filesAnalyzed"] == len(PROGRAMS)
    return said


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_pyright(program: Path, pyright_says: dict[str, list[tuple[int, str]]]) -> None:
    compare(program, pyright_says[program.name])


def test_both_checkers_are_asked_to_refuse() -> None:
    assert Counter(bool(marked(program)) for program in PROGRAMS)[True]
