"""`redun log JOB --output`, with the installed command."""

from __future__ import annotations

import json
from typing import Any

import pytest

PRINTING = """
    import logging, sys
    from redun import task

    @task
    def speak(n):
        print("hello", n)
        if n == 1:
            print("\\x1b[31mcolour\\tof money", file=sys.stderr)
            logging.getLogger("bank").error("closed")
        return n

    @task
    def main():
        return [speak(n) for n in range(2)]

    @task
    def flood():
        for n in range(40_000):
            print("line", n)

    @task
    def fail():
        print("cannot see", file=sys.stderr)
        raise ValueError("no")
"""


@pytest.fixture
def printing(workspace: Any) -> Any:
    workspace.write("wf.py", PRINTING)
    return workspace


def test_a_job(printing: Any) -> None:
    run = printing.redun("run", "wf.py", "main")
    # The two run side by side, and may print in either order.
    assert run.stdout.endswith("[0, 1]\n")
    assert {"hello 0", "hello 1"} < set(run.stdout.splitlines())
    lines = printing.redun("log", "-.3", "--output").stdout.splitlines()
    assert lines[0].startswith("Job ")
    assert lines[0].endswith(".3 speak")
    assert lines[1:] == [
        "stdout:",
        "  hello 1",
        "stderr:",
        "  \\x1b[31mcolour of money",
        "  closed",
        "log:",
        "  ERROR bank: closed",
    ]
    assert "Output: stdout, stderr, log (redun log " in printing.redun("log", "-.3").stdout


def test_an_execution(printing: Any) -> None:
    printing.redun("run", "wf.py", "main")
    text = printing.redun("log", "-", "--output").stdout
    assert [line for line in text.splitlines() if "hello" in line] == ["  hello 0", "  hello 1"]
    text = printing.redun("log", "-", "--output", "-n", "1").stdout
    assert "hello 1" not in text


def test_a_replayed_job_shows_the_one_that_ran(printing: Any) -> None:
    printing.redun("run", "wf.py", "main")
    first = printing.redun("log", "-.2", "--output").stdout.split()[1]
    printing.redun("run", "wf.py", "main")
    lines = printing.redun("log", "-.2", "--output").stdout.splitlines()
    assert lines[1:] == [f"It was replayed; this is from Job {first}, which ran.", "stdout:", "  hello 0"]
    lines = printing.redun("log", "-", "--output").stdout.splitlines()
    assert lines == ["No job of this execution printed or logged anything that was kept."]


def test_json(printing: Any) -> None:
    printing.redun("run", "wf.py", "main")
    (document,) = map(
        json.loads, printing.redun("log", "-.3", "--output", "--format", "json").stdout.splitlines()
    )
    assert document["kind"] == "output"
    assert document["job"].endswith(".3")
    assert document["replayed_from"] is None
    assert document["stdout"] == {"text": "hello 1\n", "dropped": 0}
    assert document["stderr"] == {"text": "\x1b[31mcolour\tof money\nclosed\n", "dropped": 0}
    assert document["log"] == {"text": "ERROR bank: closed\n", "dropped": 0}
    documents = printing.redun("log", "-", "--output", "--format", "json").stdout.splitlines()
    assert [json.loads(line)["stderr"] is None for line in documents] == [True, False]


def test_what_is_left_out_is_said(printing: Any) -> None:
    printing.redun("run", "wf.py", "flood")
    lines = printing.redun("log", "-.1", "--output").stdout.splitlines()
    assert "bytes left out)" in lines[1]
    assert "  line 0" in lines
    assert "  line 39999" in lines
    assert "  line 20000" not in lines


def test_a_failure_shows_the_end_of_stderr(printing: Any) -> None:
    failed = printing.redun("run", "wf.py", "fail", code=1)
    report = failed.stderr[failed.stderr.index("ValueError: no") :].splitlines()
    assert report[1:3] == ["[redun] Last lines of its stderr:", "[redun]   cannot see"]
    command = report[3].removeprefix("[redun] All of it: redun ")
    assert "  cannot see" in printing.redun(*command.split()).stdout


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "--output needs the id of a job or of an execution: redun log -.17 --output"),
        (("-.99",), 1, "no execution or job in the record is called '-.99'"),
        (("speak",), 1, "no execution or job in the record is called 'speak'"),
    ],
)
def test_refusals(printing: Any, words: tuple[str, ...], code: int, message: str) -> None:
    printing.redun("run", "wf.py", "main")
    assert message in printing.redun("log", *words, "--output", code=code).stderr


def test_a_silent_job_says_so(printing: Any) -> None:
    printing.redun("run", "wf.py", "main")
    lines = printing.redun("log", "-.1", "--output").stdout.splitlines()
    assert lines[1:] == ["Nothing was printed or logged by this job, or kept of it."]
