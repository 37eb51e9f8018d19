"""A task that fails: its siblings finish and are reused, the error says where, the exit code is 1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.faults.conftest import Project

WORKFLOW = """
    @task
    def divide(key: str, by: int) -> float:
        note("start", key)
        time.sleep(0.05 if by else 0.01)
        note("end", key)
        return ratio(12, by)

    def ratio(a, b):
        return a / b

    @task
    def after(key: str, quotient: float) -> float:
        note("start", key)
        return quotient

    @task
    def middle(numbers: list):
        return [after(f"after-{by}", divide(f"divide-{by}", by)) for by in numbers]

    @task
    def main(numbers: list[int] = [1, 2, 0, 3, 4]):
        return middle(numbers)
"""
KEYS = {f"divide-{by}" for by in range(5)}


def test_siblings_finish_and_are_reused(project: Project) -> None:
    project.workflow(WORKFLOW)
    failed = project.redun("run", "wf.py", "main", code=1)
    assert failed.stdout == ""
    assert set(project.bodies("end")) == KEYS
    assert "after-0" not in project.bodies()
    assert len(failed.jobs("Failed")) == 3  # divide, middle, main
    before = project.bodies()
    project.assert_no_running_rows()
    project.assert_record_sound()
    assert project.log("-")[0]["status"] == "FAILED"
    assert {job["status"] for job in project.log("-")[1:]} <= {"DONE", "FAILED"}

    again = project.redun("run", "wf.py", "main", code=1)
    assert {call for call in project.bodies()[len(before) :] if call.startswith("divide")} == {"divide-0"}
    assert {re.search(r"'(divide-\d)'", call)[1] for call in again.cached() if "divide" in call} == KEYS - {  # type: ignore[index]
        "divide-0"
    }

    project.workflow(WORKFLOW.replace("return a / b", "return a / b if b else 0.0"))
    fixed = project.redun("run", "wf.py", "main")
    assert fixed.stdout == "[12.0, 6.0, 0.0, 4.0, 3.0]\n"


def test_the_error_says_what_failed_where_and_through_which_calls(project: Project) -> None:
    project.workflow(WORKFLOW)
    told = project.redun("run", "wf.py", "main", code=1).stderr.split("*** Execution failed.")[1]
    source = (project.folder / "wf.py").read_text().splitlines()
    calls = re.findall(r'Job [0-9a-f]{8}\.\d+: File "(.*)", line (\d+), in faults\.(\w+)', told)
    assert [name for _, _, name in calls] == ["main", "middle", "divide"]
    for file, line, name in calls:
        assert file == str(project.folder / "wf.py")
        assert source[int(line) - 1].startswith(f"def {name}(")
    assert re.search(r"key = 'divide-0'", told)
    assert re.search(r"by  = 0", told)
    body = re.search(rf'File "{project.folder}/wf.py", line (\d+), in ratio', told)
    assert body is not None
    assert source[int(body[1]) - 1] == "    return a / b"
    assert "ZeroDivisionError: division by zero" in told


def test_keep_going_runs_all_that_does_not_depend_on_the_failure(project: Project) -> None:
    project.workflow(WORKFLOW)
    project.redun("run", "--keep-going", "wf.py", "main", code=1)
    assert set(project.bodies()) == KEYS | {f"after-{by}" for by in (1, 2, 3, 4)}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise SystemExit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("def f(): return f()\n        f()", "RecursionError"),
        ("raise type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})", "its message cannot be shown"),
        ("raise type('Odd', (Exception,), {'__reduce__': lambda self: 1 / 0})('unpicklable')", "unpicklable"),
        ("raise ExceptionGroup('several', [ValueError('one'), KeyError('two')])", "several"),
        ("subprocess.run(['false'], check=True)", "CalledProcessError"),
        ("return Mute()", None),
        ("os.close(2); raise ValueError('unheard')", ""),
    ],
)
def test_strange_failures_end_a_run_like_any_other(project: Project, body: str, message: str | None) -> None:
    project.workflow(f"""
    class Mute:
        def __repr__(self):
            return 1 / 0

    @task
    def sibling() -> int:
        return 1

    @task
    def odd():
        {body}

    @task
    def main():
        return [sibling(), odd()]
    """)
    run = project.finish(project.start("run", "wf.py", "main"))
    assert run.code == (1 if message is not None else 0), run.stderr
    assert message is None or message in run.stderr
    project.assert_no_running_rows()
    project.assert_record_sound()
    statuses = {row["task"]: row["status"] for row in project.log("-")}
    assert statuses["faults.sibling"] == "DONE"
    assert message is None or statuses["faults.odd"] == "FAILED"


def test_a_task_that_ends_the_process_loses_only_itself(project: Project) -> None:
    project.workflow("""
    @task
    def sibling(key: str) -> int:
        note("start", key)
        return 1

    @task
    def leave(one: int):
        subprocess.Popen(["sleep", "88"])
        time.sleep(1)
        os._exit(7)

    @task
    def main():
        return leave(sibling("sibling"))
    """)
    run = project.finish(project.start("run", "wf.py", "main"))
    assert run.code == 7
    project.assert_no_process_left()
    assert project.log("-")[0]["status"] == "CRASHED"
    assert project.recorded_keys() == {"sibling"}
    project.finish(project.start("run", "wf.py", "main"))
    assert project.bodies() == ["sibling"]


def test_a_lazy_result_kept_from_a_failed_run_is_a_call_like_any_other_in_the_next(project: Project) -> None:
    project.workflow("""
    from redun.scheduler import cond

    @task(version="1")
    def bad(key: str) -> int:
        note("start", key)
        return 1 / len(os.environ.get("GOOD", ""))

    @task
    def choose(key: str, x: int):
        note("start", key)
        time.sleep(0.5)  # the failure is known before
        return cond(x > 0, x, 2)  # lazy, but calls nothing

    @task
    def use(x: int) -> int:
        return x

    @task
    def main():
        return [bad("bad"), use(choose("choose", 3))]
    """)
    project.redun("run", "wf.py", "main", code=1)
    project.environ["GOOD"] = "1"
    assert project.redun("run", "wf.py", "main").stdout == "[1.0, 3]\n"
    assert project.bodies().count("choose") == 1
    project.assert_record_sound()
