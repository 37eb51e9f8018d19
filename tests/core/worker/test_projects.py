"""Workflows are found by workers however they were started, also where the project's folder is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import warm

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
TOOLS = HERE.parents[2] / "tools"

WORKFLOW = """
import os
from dataclasses import dataclass
import courier
from redun import File, Scheduler, run, script, task
from redun.config import Config
from redun.functools import map_
from redun.scheduler import subrun
IMPORT

redun_namespace = "lab"

@dataclass
class Sample:
    name: str

class Odd(Exception):
    def __init__(self, sample, depth):
        super().__init__(f"{sample} at {depth}")

@task
def local(x):
    return scaled(x) + 100

@task(executor="elsewhere")
def remote(sample, x):
    print("run", sample.name)
    return Sample(sample.name.upper()), scaled(x), local(x), os.path.basename(__file__)

@task(executor="elsewhere")
def fail():
    raise Odd("s1", 3)

@task(executor="elsewhere")
def inner(x):
    return [local(x), map_(local, [1, 2])]

@task(executor="elsewhere")
def count(file):
    return len(file.read())

@task
def main():
    return [remote(Sample("a"), 2), MORE]

def configured():
    return Config({"executors.elsewhere": {"type": "courier", **OPTIONS}})

if __name__ == "__main__":
    with Scheduler(configured()) as scheduler:
        value = scheduler.run(main())
        print(value)
        assert value[0][0] == Sample("A")
        try:
            scheduler.run(FAIL)
        except Odd as error:
            print("caught", error)
            print(scheduler.failure.traceback)
"""

RESULT = "(Sample(name='A'), 6, 106, 'workflow.py')"


def make(
    folder: Path, *, code: bool = True, more: str = "1", fail: str = "1", where: str = ".", **options: str
) -> Path:
    """Write a project whose helper module lies in a folder that is put on the path."""
    project = folder / "project"
    (project / where).mkdir(parents=True)
    (project / "helpers.py").write_text("FACTOR = 3\ndef scaled(x):\n    return FACTOR * x\n")
    given = {"scratch": f"{folder}/scratch", **options, **({"code_package": "true"} if code else {})}
    text = WORKFLOW.replace("OPTIONS", repr(given)).replace("MORE", more).replace("FAIL", fail)
    text = text.replace("IMPORT", "import sys; sys.path.append(ROOT)\nfrom helpers import scaled")
    (project / where / "workflow.py").write_text(text.replace("ROOT", repr(str(project))))
    return project


def start(folder: Path, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{HERE}:{TOOLS}",
        "REDUN_CONFIG": str(folder.parent / "config"),
    }
    environment.pop("PYTHONUNBUFFERED", None)
    return warm.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=check
    )


def test_a_script_that_python_starts(tmp_path: Path) -> None:
    more = "inner(5), subrun(local(7), executor='elsewhere'), count(File('reads.txt'))"
    project = make(tmp_path, code=False, more=more, fail="fail()")
    (project / "reads.txt").write_text("ACGT")
    told = start(project, "workflow.py").stdout
    assert f"[{RESULT}, [115, [103, 106]], 121, 4]" in told
    assert "caught s1 at 3" in told
    assert f'File "{project}/workflow.py"' in told
    assert "raise Odd" in told


def test_code_is_sent_along_to_where_the_project_is_not(tmp_path: Path) -> None:
    project = make(tmp_path, where="flows", fail="fail()", hide=str(tmp_path / "project"))
    told = start(project, "flows/workflow.py").stdout
    assert RESULT in told
    assert "caught s1 at 3" in told
    # Where it is at the scheduler's, not where it was unpacked.
    assert f'File "{project}/flows/workflow.py"' in told
    assert len(list(tmp_path.glob("scratch/code/*.tar.gz"))) == 1


def test_a_script_that_the_command_line_loads(tmp_path: Path) -> None:
    project = make(tmp_path, where="flows", more="subrun(local(7), executor='elsewhere')")
    (tmp_path / "config").mkdir()
    section = {
        "type": "courier",
        "class": "courier.Courier",
        "scratch": tmp_path / "scratch",
        "code_package": "true",
    }
    text = "".join(f"{name} = {value}\n" for name, value in {**section, "hide": project}.items())
    (tmp_path / "config" / "redun.ini").write_text(f"[executors.elsewhere]\n{text}")
    # A module of this name can be imported, so the script gets another one.
    (project / "workflow.py").write_text("raise RuntimeError('the wrong one')\n")
    pytest.importorskip("redun_cli")
    told = start(project, "-m", "redun_cli", "run", "flows/workflow.py", "main").stdout
    assert f"[{RESULT}, 121]" in " ".join(told.split())


def test_a_package_that_python_starts(tmp_path: Path) -> None:
    project = make(tmp_path, where="flows", hide=str(tmp_path / "project"))
    workflow = project / "flows" / "workflow.py"
    text = workflow.read_text()
    begin = text.index("import sys; sys.path")
    workflow.write_text(text[:begin] + "from .helpers import scaled" + text[text.index("\n\n", begin) :])
    (project / "flows" / "__init__.py").touch()
    (project / "helpers.py").rename(project / "flows" / "helpers.py")
    assert RESULT in start(project, "-m", "flows.workflow").stdout


INSIDE = """
@task
def main():
    @task(executor="elsewhere")
    def within():
        return 1
    return within()
"""


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({'if __name__ == "__main__":': "if True:"}, "runs a workflow when it is imported"),
        ({"def configured": f"{INSIDE}\ndef configured"}, "Importing __main__ does not define the task lab.within"),
        (
            {"class Odd": "if sys.argv[0] != 'workflow.py': import no_such_thing\nclass Odd"},
            "The module __main__, which defines task lab.remote, cannot be imported in another process: "
            "ModuleNotFoundError: No module named 'no_such_thing'",
        ),
        (
            {"@dataclass\n": "HOME = os.environ.get('COURIER_TEST', 1)\nos.environ['COURIER_TEST'] = '2'\n@dataclass\n",
             "os.path.basename(__file__)": "HOME"},
            "there. What differs: __main__.HOME.",
        ),
    ],
    ids=["unguarded", "inside", "missing", "differs"],
)  # fmt: skip
def test_what_no_worker_can_run_is_told(tmp_path: Path, changes: dict[str, str], told: str) -> None:
    project = make(tmp_path, code=False)
    workflow = project / "workflow.py"
    text = workflow.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    workflow.write_text(text)
    run = start(project, "workflow.py", check=False)
    assert run.returncode != 0
    assert told in run.stderr
