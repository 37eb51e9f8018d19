"""The script example: what it makes, and which steps an edit, a deletion or another argument run again."""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest
import warm

EXAMPLE = Path(__file__).parents[3] / "examples" / "script"
REDUN = Path(sys.executable).with_name("redun")
TABLE = "sample\tbases\tgc\nliver\t21\t0.571\npatient's heart\t20\t0.300\n"


class Project:
    """A copy of the example."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, code: int = 0) -> Counter[str]:
        """Run it and return how often the process of which step ran."""
        done = warm.run(
            [REDUN, "run", "workflow.py", "main", *words], cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == code, done.stderr
        self.stderr = done.stderr
        ran = re.findall(r"^\[redun\] Run +Job \S+ +(redun\.script_task)\((.*)\) on", done.stderr, re.M)
        kinds = {"clean": "grep -v", "count": "collections import Counter", "table": "paste <("}
        return Counter(kind for _, text in ran for kind, mark in kinds.items() if mark in text)

    def table(self) -> str:
        return (self.folder / "results/table.tsv").read_text()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copytree(EXAMPLE / "samples", tmp_path / "samples")
    shutil.copy(EXAMPLE / "workflow.py", tmp_path)
    return Project(tmp_path)


def test_steps_run_when_and_only_when_they_must(project: Project) -> None:
    assert project.run() == {"clean": 2, "count": 2, "table": 1}
    assert project.table() == TABLE
    names = {path.name for path in project.folder.iterdir()} - {"__pycache__"}
    assert names == {".redun", "results", "samples", "workflow.py"}
    assert project.run() == {}

    (project.folder / "results/liver.tsv").unlink()
    assert project.run() == {"count": 1}
    assert project.table() == TABLE

    sample = project.folder / "samples/liver.fa"
    sample.write_text(sample.read_text() + ">read 4\nGGGGGGGG\n")
    assert project.run() == {"clean": 1, "count": 1, "table": 1}
    assert "liver\t29\t0.690" in project.table()

    # Its reads are all longer than that: what is cleaned is as it was, and nothing beyond is run.
    assert project.run("--shortest", "7") == {"clean": 2}

    workflow = project.folder / "workflow.py"
    workflow.write_text(workflow.read_text().replace("| sort >", "| sort -r >"))
    assert project.run()["clean"] == 2


def test_failing_step_tells_what_the_script_said(project: Project) -> None:
    project.run("--shortest", "11", code=1)
    assert "ScriptError: The script ended with exit code 1: from collections import Counter" in project.stderr
    assert "ZeroDivisionError: division by zero" in project.stderr
    assert project.stderr.count("ZeroDivisionError") == 1
    assert "scripting/tasks.py" not in project.stderr


def test_table_comes_from_the_samples(project: Project) -> None:
    project.run()
    done = warm.run([REDUN, "log", "results/table.tsv"], cwd=project.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for word in (
        "paste <(",
        "examples.script.table",
        "examples.script.count",
        "samples/liver.fa",
        "patient's heart.fa",
    ):
        assert word in done.stdout
