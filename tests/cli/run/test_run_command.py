"""`redun run` from the outside: what goes to stdout and stderr, and the exit code."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

WORKFLOW = """
    from redun import File, task

    redun_namespace = "demo"


    @task
    def inc(x: int) -> int:
        return x + 1


    @task
    def main(x: int = 1, shout: bool = False) -> list[int]:
        '''Count a little.

        More than one line.
        '''
        return [inc(x), inc(x + 1)]


    @task
    def divide(x: int, by: int) -> float:
        return x / by


    @task
    def average(numbers: list[int]) -> float:
        return divide(sum(numbers), len(numbers))


    @task
    def nothing() -> None:
        print("from the task")


    @task
    def shapes():
        return {"b": 1, "a": [File("x.txt")]}
"""


@pytest.fixture
def demo(workspace: Workspace) -> Workspace:
    workspace.write("wf.py", WORKFLOW)
    return workspace


def test_a_run_prints_its_result_on_stdout_and_the_rest_on_stderr(demo: Workspace) -> None:
    done = demo.redun("run", "wf.py", "main", "--x", "4")
    assert done.stdout == "[5, 6]\n"
    lines = done.stderr.splitlines()
    assert all(line.startswith("[redun]") for line in lines)
    assert re.fullmatch(r"\[redun\] redun :: version \S+", lines[0])
    assert lines[1] == f"[redun] config dir: {demo.folder / '.redun'}"
    start = re.fullmatch(r"\[redun\] Start Execution ([0-9a-f]{32}):  redun run wf\.py main --x 4", lines[2])
    assert start
    short = start[1][:8]
    assert lines[3] == f"[redun] Run    Job {short}.1:  demo.main(x=4, shout=False) on default"
    runs = sorted(lines[4:6])
    assert re.fullmatch(rf"\[redun\] Run    Job {short}\.[23]:  demo\.inc\(x=4\) on default", runs[0])
    assert re.fullmatch(rf"\[redun\] Run    Job {short}\.[23]:  demo\.inc\(x=5\) on default", runs[1])
    assert re.fullmatch(r"\[redun\] Execution duration: \d+\.\d\d seconds", lines[-1])


def test_the_closing_table_counts_jobs_by_task(demo: Workspace) -> None:
    demo.redun("run", "wf.py", "main")
    done = demo.redun("run", "wf.py", "main", "--x", "2")
    table = [line.removeprefix("[redun] ").split() for line in done.stderr.splitlines() if "|" in line]
    assert re.fullmatch(r"\| JOB STATUS \d{4}/\d\d/\d\d \d\d:\d\d:\d\d", " ".join(table[0]))
    assert table[1] == ["|", "TASK", "PENDING", "RUNNING", "FAILED", "CACHED", "DONE", "TOTAL"]
    assert table[2] == ["|"]
    assert table[3:] == [
        ["|", "ALL", "0", "0", "0", "1", "2", "3"],
        ["|", "demo.inc", "0", "0", "0", "1", "1", "2"],
        ["|", "demo.main", "0", "0", "0", "0", "1", "1"],
    ]


def test_a_second_run_is_cached(demo: Workspace) -> None:
    demo.redun("run", "wf.py", "main")
    done = demo.redun("run", "wf.py", "main")
    assert done.stdout == "[2, 3]\n"
    cached = re.findall(r"Cached Job [0-9a-f]{8}\.\d+:  (.+) \(eval_hash=[0-9a-f]{8}\)", done.stderr)
    assert sorted(cached) == ["demo.inc(x=1)", "demo.inc(x=2)", "demo.main(x=1, shout=False)"]
    assert "Run    Job" not in done.stderr


def test_no_cache_runs_everything(demo: Workspace) -> None:
    demo.redun("run", "wf.py", "main")
    done = demo.redun("run", "--no-cache", "wf.py", "main")
    assert done.stderr.count("Run    Job") == 3
    assert "Cached Job" not in done.stderr


def test_none_prints_nothing_and_containers_are_pretty(demo: Workspace) -> None:
    assert demo.redun("run", "wf.py", "nothing").stdout == "from the task\n"
    assert demo.redun("run", "wf.py", "nothing").stdout == ""
    demo.write("x.txt", "content")
    stdout = demo.redun("run", "wf.py", "shapes").stdout
    assert re.fullmatch(r"\{'a': \[File\(path='?x\.txt'?, hash='?[0-9a-f]{8}'?\)\], 'b': 1\}\n", stdout)


def test_a_task_is_found_by_either_name_and_near_misses_are_named(demo: Workspace) -> None:
    assert demo.redun("run", "wf.py", "demo.inc", "--x", "1").stdout == "2\n"
    done = demo.redun("run", "wf.py", "mian", code=1)
    assert done.stderr == "redun: error: no task 'mian' in wf.py; did you mean demo.main?\n"
    done = demo.redun("run", "wf.py", "zzzzzz", code=1)
    assert "`redun run wf.py` lists its tasks" in done.stderr


def test_a_module_runs_like_a_file(demo: Workspace) -> None:
    demo.write("package/__init__.py", "")
    demo.write("package/flow.py", "from redun import task\n\n@task(namespace='p')\ndef f():\n    return 7\n")
    assert demo.redun("run", "package.flow", "p.f").stdout == "7\n"


@pytest.mark.parametrize("words", [["wf.py"], ["wf.py", "help"]])
def test_without_a_task_the_tasks_are_listed(demo: Workspace, words: list[str]) -> None:
    done = demo.redun("run", *words)
    lines = done.stdout.splitlines()
    assert lines[0] == "Tasks available:"
    assert "  demo.main(x: int = 1, shout: bool = False) -> list[int]" in lines
    assert "      Count a little." in lines
    assert not (demo.folder / ".redun").exists()


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_usage_of_a_task(demo: Workspace, word: str) -> None:
    done = demo.redun("run", "wf.py", "divide", word)
    assert done.stdout.startswith("usage: redun run wf.py divide [-h] --x INT --by INT")
    assert done.stderr == ""


def test_source_and_hash_of_a_task(demo: Workspace) -> None:
    done = demo.redun("run", "wf.py", "divide", "info")
    assert re.match(r"Task [0-9a-f]{40} demo\.divide\n", done.stdout)
    assert "    return x / by\n" in done.stdout


def test_a_result_that_no_longer_holds_is_told(demo: Workspace) -> None:
    demo.write("x.txt", "content")
    demo.redun("run", "wf.py", "shapes")
    demo.write("x.txt", "other")
    lines = demo.redun("run", "wf.py", "shapes").stderr.splitlines()
    (miss,) = (index for index, line in enumerate(lines) if "Miss   Job" in line)
    assert lines[miss].endswith("the recorded result no longer holds: a file changed or is gone")
    assert "Run    Job" in lines[miss + 1]


def test_wrong_arguments_are_told_before_anything_runs(demo: Workspace) -> None:
    done = demo.redun("run", "wf.py", "divide", "--x", "one", code=2)
    assert "usage: redun run wf.py divide" in done.stderr
    assert "argument --x: expected an integer, got 'one'" in done.stderr
    done = demo.redun("run", "wf.py", "divide", "--x", "1", code=2)
    assert "the following arguments are required: --by" in done.stderr
    assert not (demo.folder / ".redun").exists()


def test_options_of_run_after_the_task_are_the_tasks(demo: Workspace) -> None:
    done = demo.redun("run", "wf.py", "main", "--no-cache", code=2)
    assert "--no-cache is an option of `redun run`, not of the task: put it before the file" in done.stderr


def test_a_failure_is_told_once_from_the_root_to_the_users_line(demo: Workspace) -> None:
    done = demo.redun("run", "wf.py", "average", "--numbers", "0", code=0)
    source = (demo.folder / "wf.py").read_text().replace("len(numbers))", "0)")
    (demo.folder / "wf.py").write_text(source)
    done = demo.redun("run", "wf.py", "average", "--numbers", "4", "5", code=1)
    assert done.stdout == ""
    assert re.search(r"Failed Job [0-9a-f]{8}\.2:  demo\.divide\(x=9, by=0\)", done.stderr)
    trace = done.stderr.split("*** Execution failed. Traceback (most recent task last):\n")
    assert len(trace) == 2
    lines = [line.removeprefix("[redun] ") for line in trace[1].splitlines()]
    path = demo.folder / "wf.py"
    number = {text.strip(): n for n, text in enumerate(source.splitlines(), start=1)}
    root = number["def average(numbers: list[int]) -> float:"]
    leaf = number["def divide(x: int, by: int) -> float:"]
    assert re.fullmatch(rf'  Job [0-9a-f]{{8}}\.1: File "{path}", line {root}, in demo\.average', lines[0])
    assert lines[1:3] == ["    def average(numbers: list[int]) -> float:", "    numbers = [4, 5]"]
    assert re.fullmatch(rf'  Job [0-9a-f]{{8}}\.2: File "{path}", line {leaf}, in demo\.divide', lines[3])
    assert lines[4:7] == ["    def divide(x: int, by: int) -> float:", "    x  = 9", "    by = 0"]
    assert lines[7:9] == [f'  File "{path}", line {leaf + 1}, in divide', "    return x / by"]
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "Traceback" not in trace[1]


def test_tags_are_recorded(demo: Workspace) -> None:
    demo.redun("run", "-t", "project=acme", "--tag", "n=3", "wf.py", "main")
    with sqlite3.connect(demo.folder / ".redun" / "redun.db") as database:
        tags = set(database.execute("select key, value from tag"))
    assert {key for key, _ in tags} >= {"project", "n"}
    assert ("project", '"acme"') in tags


def test_a_dry_run_says_what_would_run_and_runs_nothing(demo: Workspace) -> None:
    demo.write(
        "wf2.py", "from redun import task\n\n@task\ndef touch():\n    open('ran', 'w')\n    return 1\n"
    )
    done = demo.redun("run", "--dry-run", "wf2.py", "touch", code=1)
    assert not (demo.folder / "ran").exists()
    assert done.stdout == ""
    lines = [line.removeprefix("[redun] ") for line in done.stderr.splitlines()]
    assert lines[-1] == "unknown beyond"
    would = re.fullmatch(r"Dryrun Job [0-9a-f]{8}\.1:  touch\(\) on default: (.+)", lines[-2])
    assert would
    assert would[1] == "the task was never called before"
    demo.redun("run", "wf2.py", "touch")
    done = demo.redun("run", "--dryrun", "wf2.py", "touch")
    assert done.stdout == "1\n"
    assert "Dryrun" not in done.stderr


def test_keep_going_runs_what_does_not_depend_on_the_failure(workspace: Workspace) -> None:
    workspace.write(
        "wf.py",
        """
        from redun import task

        @task
        def bad():
            raise ValueError("bad")

        @task
        def step(x):
            open(f"step{x}", "w").close()
            return x + 1

        @task
        def main():
            return [bad(), step(step(step(0)))]
        """,
    )
    workspace.redun("run", "--keep-going", "wf.py", "main", code=1)
    assert (workspace.folder / "step2").exists()


def test_log_level_silences_all_but_the_failure(demo: Workspace) -> None:
    assert demo.redun("--log-level", "warning", "run", "wf.py", "main").stderr == ""
    done = demo.redun("--log-level", "error", "run", "wf.py", "divide", "--x", "1", "--by", "0", code=1)
    assert done.stderr.startswith("[redun] *** Execution failed.")


def test_a_workflow_that_cannot_be_loaded(workspace: Workspace) -> None:
    workspace.write("wf.py", "def f(:\n    pass\n")
    done = workspace.redun("run", "wf.py", "f", code=1)
    assert done.stderr.startswith("redun: error: cannot load wf.py\n")
    assert "line 1" in done.stderr
    assert "SyntaxError" in done.stderr
    done = workspace.redun("run", "nowhere.py", "f", code=1)
    assert done.stderr == "redun: error: no such file: nowhere.py\n"


def test_what_cannot_be_recorded_is_told_like_a_failure(workspace: Workspace) -> None:
    workspace.write(
        "wf.py",
        """
        import threading
        from redun import task

        @task
        def lock():
            return threading.Lock()
        """,
    )
    done = workspace.redun("run", "wf.py", "lock", code=1)
    assert "*** Execution failed" in done.stderr
    assert "def lock():" in done.stderr
    assert "UnserializableValueError" in done.stderr or "UnhashableValueError" in done.stderr


def test_a_database_that_is_none(demo: Workspace) -> None:
    demo.write(".redun/redun.db", "this is no database, but a text that is long enough to tell" * 20)
    done = demo.redun("run", "wf.py", "main", code=1)
    assert "redun: error: " in done.stderr
    assert "redun.db" in done.stderr
    assert "Traceback" not in done.stderr
