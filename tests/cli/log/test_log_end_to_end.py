"""`redun log` after `redun run`, as processes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

WORKFLOW = """
    from redun import File, task

    redun_namespace = "demo"

    @task()
    def upper(source: File, suffix: str) -> File:
        made = File(source.path + suffix)
        made.write(source.read().upper())
        return made

    @task()
    def join(path: str, parts: list) -> File:
        made = File(path)
        made.write("".join(part.read() for part in parts))
        return made

    @task()
    def build(target, sources):
        parts = [upper(source, suffix=".up") for source in sources]
        joined = join(target, parts)
        return joined

    @task()
    def main(names: list[str] = ["a.txt", "shared.txt"]):
        return [build(f"{name}.out", [File(name), File("shared.txt")]) for name in names]

    @task()
    def half(n: int):
        if n % 2:
            raise ValueError(f"{n} is odd\\x1b[31m")
        return n // 2

    @task()
    def halves(n: int = 6):
        return half(half(n))

    @task()
    def down(n: int = 300):
        return n if n == 0 else down(n - 1)
"""


@pytest.fixture
def ran(workspace: Any) -> Any:
    workspace.write("flow.py", WORKFLOW)
    for name in ("a.txt", "shared.txt"):
        workspace.write(name, f"from {name}\n")
    workspace.redun("run", "flow.py", "main")
    return workspace


def test_a_file_leads_back_to_its_sources(ran: Any) -> None:
    text = ran.redun("log", "a.txt.out").stdout
    assert re.search(r"^Produced by Job [0-9a-f]{8}\.\d+$", text, re.MULTILINE)
    assert "    def join(path: str, parts: list) -> File:" in text
    assert re.search(r"^ +result <-- <[0-9a-f]{8}> demo\.join\(target, parts\)$", text, re.MULTILINE)
    assert re.search(r"^ +parts <-- derives from$", text, re.MULTILINE)
    assert re.search(r"^ +upper_result <-- <[0-9a-f]{8}> demo\.upper\(source, suffix\)$", text, re.MULTILINE)
    assert re.search(
        r"^ +source <-- argument of <[0-9a-f]{8}> demo\.build\(target, sources\)$", text, re.MULTILINE
    )
    files = {line.split()[-1]: line.split()[2] for line in ran.redun("log", "--file").stdout.splitlines()}
    assert files == {
        "a.txt": "r",
        "shared.txt": "r",
        "a.txt.up": "rw",
        "shared.txt.up": "rw",
        "a.txt.out": "w",
        "shared.txt.out": "w",
    }


def test_a_second_run_is_told_as_cached(ran: Any) -> None:
    ran.redun("run", "flow.py", "main")
    listed = ran.redun("log").stdout
    assert listed.count("Exec ") == 2
    assert listed.count("[ DONE ]") == 2
    first, *jobs = [
        json.loads(line) for line in ran.redun("log", "-", "--format", "json").stdout.splitlines()
    ]
    assert first["status"] == "DONE"
    assert {job["status"] for job in jobs} == {"CACHED"}
    assert "[CACHED]" in ran.redun("log", "-.1").stdout


def test_a_failure_shows_the_error_and_where(ran: Any) -> None:
    ran.redun("run", "flow.py", "halves", code=1)
    execution = ran.redun("log", "-").stdout
    assert "[FAILED]" in execution.splitlines()[0]
    failed = re.search(r"Job [0-9a-f]{8}(\.\d+) \[FAILED\].*half\(n=3\)", execution)
    assert failed is not None
    job = ran.redun("log", f"-{failed[1]}").stdout
    assert "ValueError: 3 is odd\\x1b[31m" in job
    assert re.search(r'File ".*flow\.py", line \d+, in half', job)
    assert "\x1b" not in job


def test_unknown_and_ambiguous_ids_exit_with_1(ran: Any) -> None:
    answer = ran.redun("log", "no-such-thing", code=1)
    assert answer.stdout == ""
    assert "no-such-thing" in answer.stderr
    ran.redun("run", "flow.py", "down")
    values = [
        json.loads(line)["hash"]
        for line in ran.redun("log", "--value", "--format", "json").stdout.splitlines()
    ]
    digit = max("0123456789abcdef", key=lambda one: sum(value[0] == one for value in values))
    answer = ran.redun("log", "--value", digit, code=1)
    assert answer.stdout == ""
    assert sum(value in answer.stderr for value in values) > 1


def test_a_deep_recursion_prints(ran: Any) -> None:
    ran.redun("run", "flow.py", "down")
    lines = ran.redun("log", "-").stdout.splitlines()
    assert sum("demo.down(" in line for line in lines if "Job " in line) == 301


def test_a_reader_that_goes_away_is_no_error(ran: Any) -> None:
    ran.redun("run", "flow.py", "down")
    process = ran.start("log", "-")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.wait(timeout=60)


def test_looking_loads_neither_sqlalchemy_nor_the_workflow(ran: Any) -> None:
    script = (
        "import sys\n"
        "from redun_cli.main import main\n"
        "main(['log', 'a.txt.out'])\n"
        "heavy = {'sqlalchemy', 'alembic', 'pluggy', 'rich', 'flow', 'redun.session'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)\n"
    )
    answer = subprocess.run([sys.executable, "-c", script], cwd=ran.folder, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
