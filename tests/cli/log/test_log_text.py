from __future__ import annotations

import json
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from redun.recorder.batch import ExecutionStatus, JobStatus, ValueFlag

Show = Callable[..., str]
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def test_executions_newest_first(example: Any, show: Show, records: ModuleType) -> None:
    example.run("lib 2", b"\x22" * 16, records.START + records.DAY)
    lines = show().splitlines()
    assert lines[:2] == ["Recent executions:", ""]
    assert re.fullmatch(rf"Exec 22222222 \[ DONE \] {TIME}:  run make\.py make \(user=ada\)", lines[2])
    assert re.fullmatch(rf"Exec 3f9a2b1c \[ DONE \] {TIME}:  run make\.py make \(user=ada\)", lines[3])


def test_a_long_list_is_cut_and_says_so(example: Any, show: Show, records: ModuleType) -> None:
    for number in range(1, 6):
        example.run("lib", bytes([number]) * 16, records.START + number)
    assert [line[:13] for line in show("-n", "2", "--exec").splitlines()[:2]] == [
        "Exec 05050505",
        "Exec 04040404",
    ]
    assert "--limit 0" in show("-n", "2").splitlines()[-1]
    assert len(show("-n", "0", "--exec").splitlines()) == 6


def test_an_execution_in_detail(example: Any, show: Show) -> None:
    text = show("-")
    lines = text.splitlines()
    assert lines[0].startswith(f"Exec {example.IDENTITY.hex()} [ DONE ]")
    assert lines[1] == "Duration: 0:00:02.34"
    assert re.search(r"^\| ALL +0 +0 +0 +0 +8 +8$", text, re.MULTILINE)
    assert re.search(r"^\| demo.compile +0 +0 +0 +0 +3 +3$", text, re.MULTILINE)
    assert "Jobs: 8 (DONE: 8)" in lines
    tree = lines[lines.index("-" * 80) + 1 :]
    assert len(tree) == 9
    assert [len(line) - len(line.lstrip()) for line in tree] == [0, 2, 4, 4, 4, 2, 4, 4, 4]
    assert tree[6].endswith("(shared: Job 3f9a2b1c.2 asked first)")
    assert text == show("3f9a") == show("~1") == show("--exec", "3f9a")


def test_a_limited_tree_says_how_much_is_left(example: Any, show: Show) -> None:
    assert show("-", "--limit", "3").splitlines()[-1].startswith("... and 5 more jobs")


def test_a_deep_tree_is_indented_only_so_far(builder: Any, show: Show) -> None:
    task = builder.task("demo.down", ["n"], "def down(n): ...")
    call, zero = None, builder.value("0")
    for depth in range(10_000):
        below = [] if call is None else [call]
        call = builder.call(task, {"n": builder.value(str(depth))}, zero, children=below)
    builder.execution(call, ["run"])
    lines = show("-", "--limit", "0").splitlines()
    tree = lines[lines.index("-" * 80) + 1 :]
    assert len(tree) == 10_000
    assert tree[-1].lstrip().startswith("(depth 9999) Job")
    assert max(map(len, tree)) < 200


def test_a_job_in_detail(example: Any, show: Show) -> None:
    text = show("-.6")
    assert text.startswith(f"Job {example.IDENTITY.hex()}.6 [ DONE ]")
    assert (
        "Traceback: Exec 3f9a2b1c > Job 3f9a2b1c.1 make > Job 3f9a2b1c.2 make_prog > Job 3f9a2b1c.6 link"
        in text
    )
    assert f"CallNode {example.calls['link prog'].hash.hex()} demo.link" in text
    assert re.search(r"prog_path = <[0-9a-f]{8}> 'prog'\n", text)
    assert "    def link(prog_path, o_files):\n" in text
    assert "    prog_path <-- argument of " in text
    assert text == show("3f9a2b1c.6") == show("~1.6")


def test_the_source_of_a_program_down_to_its_origins(example: Any, show: Show) -> None:
    text = show("prog")
    hashes = {name: call.hash.hex()[:8] for name, call in example.calls.items()}
    assert text.splitlines()[0].split()[2:] == ["w", "prog"]
    assert "Produced by Job 3f9a2b1c.6" in text
    flow = re.sub(r"<[0-9a-f]{8}> (?=\[|'|File)", "", text[text.index("result = ") :])
    expected = f"""result = File(path=prog, hash=…)

result <-- <{hashes["link prog"]}> demo.link(prog_path, o_files)
  prog_path = 'prog'
  o_files   = [prog.o, lib.o]

prog_path <-- argument of <{hashes["make prog"]}> demo.make_prog(prog_path, c_files)
          <-- origin

o_files <-- derives from
  compile_result   = File(path=prog.o, hash=…)
  compile_result_2 = File(path=lib.o, hash=…)

compile_result <-- <{hashes["prog.c"]}> demo.compile(c_file)
  c_file = File(path=prog.c, hash=…)

c_file <-- argument of <{hashes["make prog"]}> demo.make_prog(prog_path, c_files)
       <-- argument of <{hashes["make"]}> demo.make(files)
       <-- origin

compile_result_2 <-- <{hashes["lib.c"]}> demo.compile(c_file_2)
  c_file_2 = File(path=lib.c, hash=…)

c_file_2 <-- argument of <{hashes["make prog"]}> demo.make_prog(prog_path, c_files)
         <-- argument of <{hashes["make"]}> demo.make(files)
         <-- origin
"""
    found = "".join(
        re.sub(r"hash=\w+", "hash=…", line.removeprefix(" " * 6)) for line in flow.splitlines(keepends=True)
    )
    assert found == expected


def test_a_source_file_names_its_consumers(example: Any, show: Show) -> None:
    text = show("lib.c")
    assert "came from outside" in text
    assert "demo.compile(c_file=File(path=lib.c" in text


def test_a_file_shows_its_newest_content_first(example: Any, show: Show, records: ModuleType) -> None:
    example.run("lib 2", b"\x22" * 16, records.START + records.DAY)
    text = show("prog")
    assert "Produced by Job 22222222.6" in text
    others = text[text.index("Other contents of prog:") :].splitlines()
    assert len(others) == 2


@pytest.mark.parametrize("pattern", [None, "*.o"])
def test_files_are_listed(example: Any, show: Show, pattern: str | None) -> None:
    words = ["--file"] if pattern is None else ["--file", pattern]
    rows = [re.fullmatch(r"File [0-9a-f]{8} (r|w|rw) +(\S+)", line) for line in show(*words).splitlines()]
    roles = {row[2]: row[1] for row in rows if row is not None}
    assert len(roles) == len(rows)
    everything = {"lib.c": "r", "prog.c": "r", "prog2.c": "r", "lib.o": "rw", "prog.o": "rw", "prog2.o": "rw"}
    everything |= {"prog": "w", "prog2": "w"}
    assert roles == {
        path: role for path, role in everything.items() if pattern is None or path.endswith(".o")
    }


def test_a_task_with_its_source_and_versions(example: Any, show: Show) -> None:
    older = example.link.hash.hex()
    newer = example.builder.task("demo.link", ["prog_path"], "@task()\ndef link(prog_path):\n\treturn 7\n")
    text = show("link")
    assert text.startswith(f"Task {newer.hash.hex()} demo.link\nDefined in: make.py:12\n")
    assert "  def link(prog_path):\n      return 7\n" in text
    assert f"Other versions:\n  Task {older[:8]}" in text
    assert show("demo.link") == text == show(newer.hash.hex()[:10])


def test_a_call_node_with_parents_and_children(example: Any, show: Show) -> None:
    calls = example.calls
    text = show(calls["lib.c"].hash.hex())
    parents = text[text.index("Parent CallNodes:") :]
    for name in ("make prog", "make prog2"):
        assert f"CallNode {calls[name].hash.hex()[:8]} demo.make_prog" in parents
    text = show(calls["make prog"].hash.hex()[:12])
    assert f"CallNode {calls['link prog'].hash.hex()[:8]} demo.link" in text[text.index("Child CallNodes:") :]
    assert "Job 3f9a2b1c.2 [ DONE ]" in text


def test_a_value_and_where_it_came_from(example: Any, show: Show) -> None:
    value = example.calls["make"].result
    text = show(value.hex())
    assert text.startswith(f"Value {value.hex()} builtins.list\n")
    assert "  [prog, prog2]\n" in text
    assert text.count("redun.File File(path=prog") == 2
    assert "value <-- derives from" in text


@pytest.mark.parametrize("flag", ["--exec", "--job", "--call-node", "--task", "--value", "--file"])
def test_each_kind_can_be_listed(example: Any, show: Show, flag: str) -> None:
    first = {"--exec": "Exec", "--job": "Job", "--call-node": "CallNode", "--task": "Task"}.get(flag)
    first = first or {"--value": "Value", "--file": "File"}[flag]
    lines = show(flag).splitlines()
    assert lines
    assert all(line.startswith(f"{first} ") for line in lines)
    assert set(lines) <= set(show("--all").splitlines())


def test_a_failed_job_shows_its_error(builder: Any, show: Show) -> None:
    stored = {
        "type": "ValueError",
        "message": "no such thing:\nlook again",
        "traceback": '  File "make.py", line 7, in fail\n    raise ValueError\n',
    }
    error = builder.value(
        "ValueError: no s…", "redun.ErrorValue", flags=ValueFlag.ERROR, json_text=json.dumps(stored)
    )
    task = builder.task("demo.fail", ["n"], "def fail(n): raise ValueError")
    call = builder.call(task, {"n": builder.value("1")}, error, failed=True)
    builder.execution(
        call, ["redun", "run", "x.py", "fail"], status=ExecutionStatus.FAILED, error="ValueError: no"
    )
    assert "Exec" in show()
    execution = show("-")
    assert "[FAILED]" in execution.splitlines()[0]
    assert ":  run x.py fail" in execution.splitlines()[0]
    assert "Error: ValueError: no" in execution
    job = show("-.1")
    assert "Raised: <" in job
    tail = job[job.rindex("Traceback:") :].splitlines()
    assert tail[2:] == [
        '      File "make.py", line 7, in fail',
        "        raise ValueError",
        "    ValueError: no such thing:",
        "    look again",
    ]


def test_a_crashed_execution_reads_crashed_and_its_jobs_lost(
    builder: Any, show: Show, records: ModuleType
) -> None:
    task = builder.task("demo.wait", ["n"], "def wait(n): ...")
    call = builder.call(task, {"n": builder.value("17")}, builder.value("None"))
    statuses = {call: JobStatus.RUNNING}
    old = records.now_us() - records.DAY
    builder.execution(call, ["run"], status=ExecutionStatus.RUNNING, statuses=statuses, heartbeat=old)
    assert "[CRASHED]" in show()
    text = show("-")
    assert "Jobs: 1 (LOST: 1)" in text
    assert "[ LOST ]" in text
    job = show("-.1")
    assert "CallNode UNKNOWN" in job
    assert "n = <" in job
