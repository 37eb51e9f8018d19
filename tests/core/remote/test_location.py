"""Another process finds the task that a call is of, under the same name and with the same hash."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs
import pytest
import warm
from redun import task
from redun.errors import ExecutorError, UnknownTaskError
from redun.executors.remote.location import Location, load_task, locate
from redun.executors.remote.offered import import_known

DESCRIBE = """
import attrs, json, sys
from redun import get_task_registry
from redun.executors.remote.location import locate
from redun.value.seal import seal
def describe(name):
    task = get_task_registry().require(name)
    location = attrs.asdict(locate(task, sys.argv[1]))
    print(json.dumps([location, name, task.hash, seal(thing()).type_name if (thing := globals_of(task)) else ""]))
def globals_of(task):
    return task.func.__globals__.get("Thing")
"""

LOAD = """
import json, sys
from redun.executors.remote.location import Location, load_task
from redun.value.seal import seal
root, (location, name, hash, kind) = sys.argv[1], json.loads(sys.argv[2])
location["import_paths"] = tuple(location["import_paths"])
task = load_task(Location(**location), name, bytes.fromhex(hash), root)
thing = task.func.__globals__.get("Thing")
assert kind == (seal(thing()).type_name if thing else "")
print(task.fullname, task.func(2))
"""

WORKFLOW = """
import sys, os
from dataclasses import dataclass
from redun import task
sys.path.append(TOOLS)
from helper import double

redun_namespace = "lab"
OFFSET = 3

@dataclass
class Thing:
    size: int = OFFSET

@task
def main(x: int):
    return double(x) + OFFSET

if __name__ == "__main__":
    exec(open(os.path.join(TOOLS, "describe.txt")).read())
    describe("lab.main")
"""


def python(
    folder: Path, arguments: Sequence[str | Path], check: bool = True
) -> subprocess.CompletedProcess[str]:
    return warm.run(
        [sys.executable, *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=check
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    tools = tmp_path / "tools"
    (project / "flows").mkdir(parents=True)
    tools.mkdir()
    (tools / "describe.txt").write_text(DESCRIBE)
    (tools / "helper.py").write_text("def double(x):\n    return 2 * x\n")
    (project / "flows" / "workflow.py").write_text(WORKFLOW.replace("TOOLS", repr(str(tools))))
    (project / "flows" / "__init__.py").touch()
    return project


@pytest.mark.parametrize(
    ("folder", "start", "module", "path"),
    [
        (".", ["flows/workflow.py"], "__main__", "flows/workflow.py"),
        ("flows", ["workflow.py"], "__main__", "flows/workflow.py"),
        (".", ["-m", "flows.workflow"], "__main__", "flows/workflow.py"),
        (".", ["-c", "import flows.workflow; IMPORTED"], "flows.workflow", "flows/workflow.py"),
    ],
)
def test_tasks_of_scripts_and_packages_are_found(
    project: Path, folder: str, start: list[str], module: str, path: str
) -> None:
    start = [
        part.replace(
            "IMPORTED",
            f"exec(open({str(project.parent / 'tools/describe.txt')!r}).read()); describe('lab.main')",
        )
        for part in start
    ]
    told = python(project / folder, [*start, project]).stdout
    location, *_ = json.loads(told)
    assert (location["module"], location["path"]) == (module, path)
    assert location["import_paths"][0] == ("flows" if start[0].endswith("workflow.py") else ".")
    loaded = python(project.parent, ["-c", LOAD, project, told])
    assert loaded.stdout == "lab.main 7\n"


def test_a_moved_project_is_found_below_its_new_root(project: Path) -> None:
    told = python(project, ["flows/workflow.py", project]).stdout
    moved = project.rename(project.parent / "unpacked")
    assert python(moved, ["-c", LOAD, moved, told]).stdout == "lab.main 7\n"


def test_other_code_is_refused(project: Path) -> None:
    told = python(project, ["flows/workflow.py", project]).stdout
    workflow = project / "flows" / "workflow.py"
    workflow.write_text(workflow.read_text().replace("OFFSET = 3", "OFFSET = 4"))
    run = python(project, ["-c", LOAD, project, told], check=False)
    assert "The code of task lab.main is not the same here as where it was called" in run.stderr
    assert str(workflow) in run.stderr


def test_a_script_that_runs_its_workflow_when_it_is_imported_is_told(project: Path) -> None:
    workflow = project / "flows" / "workflow.py"
    workflow.write_text(
        "from redun import Scheduler, task\n@task(version='1')\ndef main(): return 1\nScheduler().run(main())\n"
    )
    location = json.dumps(
        [{"module": "workflow", "path": "flows/workflow.py", "import_paths": ["flows"]}, "main", "00", ""]
    )
    run = python(project, ["-c", LOAD, project, location], check=False)
    assert "workflow.py runs a workflow when it is imported" in run.stderr
    assert 'below `if __name__ == "__main__":`' in run.stderr


def test_a_module_that_fails_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken_flow.py").write_text("import no_such_library\n")
    location = Location("broken_flow", "broken_flow.py", (".",))
    with pytest.raises(
        ExecutorError, match=r"defines task main, cannot be imported .*No module named 'no_such_library'"
    ):
        load_task(location, "main", bytes(20), str(tmp_path))
    with pytest.raises(ExecutorError, match="No module named 'absent_flow'"):
        load_task(Location("absent_flow", "absent_flow.py", (".",)), "main", bytes(20), str(tmp_path))


def test_a_task_inside_of_a_function_is_told(tmp_path: Path) -> None:
    (tmp_path / "inner_flow.py").write_text(
        "from redun import task\ndef make():\n    @task\n    def inner_task(): return 1\n    return inner_task\n"
    )
    with pytest.raises(UnknownTaskError, match="Importing inner_flow does not define the task inner_task"):
        load_task(Location("inner_flow", "inner_flow.py", (".",)), "inner_task", bytes(20), str(tmp_path))


def test_an_interactive_task_is_refused_at_once(project: Path) -> None:
    program = f"exec(open({str(project.parent / 'tools/describe.txt')!r}).read())\n"
    program += "from redun import task\n@task\ndef live(): return 1\ndescribe('live')\n"
    run = python(project, ["-c", program, project], check=False)
    assert "Task live is defined in a notebook or in an interactive session" in run.stderr


def test_load_module_says_where_to_look() -> None:
    @task(namespace="located", load_module="some.plugin")
    def elsewhere() -> None: ...

    found = locate(elsewhere, "/project")
    assert (found.module, found.path) == ("some.plugin", None)
    assert json.loads(json.dumps(attrs.asdict(found)))["module"] == "some.plugin"


def test_of_two_modules_of_one_name_the_same_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "found_twice.py").write_text(
            f"from redun import task\n@task(namespace='twice', version='1')\ndef which(): return {folder!r}\n"
        )
    # As where a worker is started in the second, or has it in PYTHONPATH.
    monkeypatch.setattr(sys, "path", [str(tmp_path / "second"), *sys.path])
    location = Location("found_twice", None, ("first", "second"))
    with pytest.raises(ExecutorError, match=r"first/found_twice\.py"):
        load_task(location, "twice.which", bytes(20), str(tmp_path))
    monkeypatch.delitem(sys.modules, "found_twice")


def test_modules_that_exit_when_imported_end_nothing_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leaves_at_once.py").write_text("import sys; sys.exit(3)")
    monkeypatch.syspath_prepend(str(tmp_path))
    import_known(["leaves_at_once"])
