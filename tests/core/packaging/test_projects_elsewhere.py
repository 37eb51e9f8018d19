"""Projects whose tasks run where nothing of them is but what their code package holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

WORKFLOW = """
import json, os, subprocess, sys
from redun import Scheduler, task
from generated import VERSION
from linked import shared
from space.deep.tools import double

redun_namespace = "elsewhere"


@task(executor="carrier")
def work(n):
    here = os.path.dirname(os.path.abspath(__file__))
    table = json.load(open(os.path.join(here, "table.json")))
    ran = subprocess.check_output([os.path.join(here, "tool.sh")], text=True).strip()
    return [double(n), VERSION, shared(), table["a"], ran, "ROOT" in sys.path, os.path.exists("ROOT")]


@task
def main(numbers):
    return [work(n) for n in numbers]


if __name__ == "__main__":
    import carrier

    options = json.loads(sys.argv[1])
    with Scheduler({"executors.carrier": {"type": "carrier", **options}}) as scheduler:
        for result in scheduler.run(main([int(n) for n in sys.argv[2:]])):
            print(*result)
"""
EVERYTHING = {"code_includes": "**/*.py generated.py table.json *.sh"}


@pytest.fixture
def remote_project(project: Path, write, tmp_path: Path) -> Path:
    write(
        **{
            "workflow.py": WORKFLOW.replace("ROOT", str(project)),
            # A namespace package: there is no __init__.py.
            "space/deep/tools.py": "def double(x):\n    return 2 * x\n",
            "generated.py": "VERSION = 'v1'\n",
            ".gitignore": "generated.py\n",
            "table.json": '{"a": 1}',
            "tool.sh": "#!/bin/sh\necho tool\n",
            "data.bin": "x" * 1000,
        }
    )
    (project / "tool.sh").chmod(0o755)
    (tmp_path / "linked.py").write_text("def shared():\n    return 'shared'\n")
    (project / "linked.py").symlink_to("../linked.py")
    (tmp_path / "temporary").mkdir()
    return project


def run(project: Path, options: dict[str, str], *numbers: int, code: int = 0) -> str:
    folders = {name: str(project.parent / name) for name in ("scratch", "temporary")}
    given = json.dumps({**options, **folders})
    done = subprocess.run(
        [sys.executable, "workflow.py", given, *map(str, numbers)],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def packages(project: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (project.parent / "scratch" / "code").iterdir()}


def test_workers_have_the_code_and_nothing_else(remote_project: Path) -> None:
    expected = "".join(f"{2 * n} v1 shared 1 tool False False\n" for n in range(4))
    # All at once: they share what one of them unpacks.
    assert run(remote_project, EVERYTHING, *range(4)) == expected
    first = packages(remote_project)
    assert len(first) == 1
    [cache] = (remote_project.parent / "temporary").glob("redun-code-*")
    assert [name.name + ".tar.gz" for name in cache.iterdir()] == list(first)

    # Another execution sends nothing again.
    assert run(remote_project, EVERYTHING, 4) == "8 v1 shared 1 tool False False\n"
    assert packages(remote_project) == first

    # Code that changed is another package.
    (remote_project / "space/deep/tools.py").write_text("def double(x):\n    return 20 * x\n")
    assert run(remote_project, EVERYTHING, 4) == "80 v1 shared 1 tool False False\n"
    assert len(packages(remote_project)) == 2


def test_what_is_missing_is_told(remote_project: Path) -> None:
    told = run(remote_project, {}, 1, code=1)
    assert "No module named 'generated'" in told
    assert "code_includes" in told
    told = run(remote_project, {"code_package": "false"}, 1, code=1)
    assert "code_package" in told
