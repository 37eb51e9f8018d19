"""Options that stand before the command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from redun_cli.versions import satisfies

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

SETUP = """
    from redun import Scheduler

    def make(config, stage: str, workers: int = 2, quick: bool = False):
        print("stage", stage, workers + 1, quick)
        return Scheduler(config)
"""
WORKFLOW = "from redun import task\n\n@task(namespace='n')\ndef f():\n    return 1\n"


@pytest.mark.parametrize(
    ("version", "specification", "fits"),
    [
        ("1.2.0", "==1.2", True),
        ("1.2.0", "==1.2.1", False),
        ("1.2.0", "!=1.2.1", True),
        ("1.10", ">1.9", True),
        ("1.2", ">=1.2,<2", True),
        ("2.0", ">=1.2,<2", False),
        ("1.2", " >= 1.1 , <= 1.2 ", True),
        ("1.2rc1", ">=1.2", False),
        ("1.2rc1", ">1.2b2", True),
        ("1.2.dev3", "<1.2a1", True),
        ("1.2rc1.dev1", "<1.2rc1", True),
        ("1.2.post1", ">1.2", True),
        ("1.2+local.1", "==1.2", True),
    ],
)
def test_versions_are_compared(version: str, specification: str, fits: bool) -> None:
    assert satisfies(version, specification) is fits


def test_a_version_that_does_not_fit_is_an_error(workspace: Workspace) -> None:
    workspace.write("wf.py", WORKFLOW)
    assert workspace.redun("--check-version", ">=0.4,<2", "run", "wf.py", "n.f").stdout == "1\n"
    done = workspace.redun("--check-version", ">=0.4,<0.5", "run", "wf.py", "n.f", code=1)
    assert re.fullmatch(r"redun: error: this is redun \S+, which is not >=0\.4,<0\.5\n", done.stderr)
    assert done.stdout == ""
    for specification in ("1.2", "~=1", ">=1,", ">=one"):
        done = workspace.redun("--check-version", specification, "run", "wf.py", "n.f", code=2)
        assert "Invalid value for '--check-version'" in done.stderr


def test_the_arguments_of_the_setup_function(workspace: Workspace) -> None:
    workspace.write(".redun/redun.ini", "[scheduler]\nsetup_scheduler = setup.py::make\n")
    workspace.write("setup.py", SETUP)
    workspace.write("wf.py", WORKFLOW)
    assert workspace.redun("--setup-help").stdout.splitlines() == [
        "Arguments of setup_scheduler (-s NAME=VALUE):",
        "  stage: str (required)",
        "  workers: int (default: 2)",
        "  quick: bool (default: False)",
    ]
    # The file is found from anywhere in the project.
    (workspace.folder / "deep").mkdir()
    words = ["-s", "stage=test", "--setup", "workers=4", "run", "../wf.py", "n.f"]
    done = workspace.redun(*words, cwd=workspace.folder / "deep")
    assert done.stdout == "stage test 5 False\n1\n"
    assert "Start Execution" in done.stderr
    done = workspace.redun("-s", "stag=test", "run", "wf.py", "n.f", code=2)
    assert "no such argument of setup_scheduler: stag; it takes stage, workers, quick" in done.stderr
    done = workspace.redun("run", "wf.py", "n.f", code=1)
    assert "also wants the arguments stage" in done.stderr
    done = workspace.redun("-s", "stage=a", "-s", "workers=many", "run", "wf.py", "n.f", code=1)
    assert "workers must be a whole number, not 'many'" in done.stderr


def test_without_a_setup_function(workspace: Workspace) -> None:
    workspace.write("wf.py", WORKFLOW)
    assert workspace.redun("--setup-help").stdout == "The configuration names no setup_scheduler.\n"
    done = workspace.redun("-s", "a=1", "run", "wf.py", "n.f", code=2)
    assert "no such argument of setup_scheduler: a; there are none" in done.stderr
    assert "'a' is not of the form NAME=VALUE" in workspace.redun("-s", "a", "run", "wf.py", code=2).stderr


def test_help_is_a_command(workspace: Workspace) -> None:
    assert workspace.redun("help").stdout == workspace.redun("--help").stdout
    assert workspace.redun("help", "run").stdout == workspace.redun("run", "--help").stdout
    assert workspace.redun("help", "fs", "cp").stdout == workspace.redun("fs", "cp", "--help").stdout
    assert "Did you mean 'run'?" in workspace.redun("help", "rnu", code=2).stderr
    assert "'run' has no commands below it" in workspace.redun("help", "run", "x", code=2).stderr


def test_the_short_name_of_a_log_level(workspace: Workspace) -> None:
    workspace.write("wf.py", WORKFLOW)
    assert workspace.redun("--log-level", "WARN", "run", "wf.py", "n.f").stderr == ""


def test_the_listing_of_plugins_fits_the_terminal(workspace: Workspace) -> None:
    for columns in ("60", "120"):
        workspace.environ["COLUMNS"] = columns
        lines = workspace.redun("plugins").stdout.splitlines()
        assert max(map(len, lines)) <= int(columns)
        assert max(map(len, lines)) > int(columns) - 25
        text = " ".join(line.strip() for line in lines)
        assert "task option: accelerators, additional_libs, " in text
