from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from redun.recorder.batch import JobStatus
from redun.recorder.lineage import Derivation, Derived, Made, Passed, Upstream, upstream
from redun.recorder.reader import Reader
from redun.recorder.reader_files import file_versions


def told(answer: Upstream) -> dict[str, list[str]]:
    """Return the steps of each variable in short."""
    return {derivation.name: [_step(step) for step in derivation.steps] for derivation in answer.derivations}


def _step(step: object) -> str:
    if isinstance(step, Made):
        return f"{step.call.task}({', '.join(name for name, _ in step.arguments)})"
    if isinstance(step, Passed):
        return f"argument {step.argument} of {step.task}"
    assert isinstance(step, Derived)
    return f"from {', '.join(name for name, _ in step.parts)}"


def origins(answer: Upstream) -> set[str]:
    return {derivation.value.preview for derivation in answer.derivations if derivation.origin}


def test_a_program_comes_from_its_sources_as_arguments_of_make(example: Any, reader: Reader) -> None:
    (prog,) = file_versions(reader, "prog")
    assert told(upstream(reader, prog.value)) == {
        "result": ["demo.link(prog_path, o_files)"],
        "prog_path": ["argument prog_path of demo.make_prog"],
        "o_files": ["from compile_result, compile_result_2"],
        "compile_result": ["demo.compile(c_file)"],
        "c_file": ["argument c_files of demo.make_prog", "argument files of demo.make"],
        "compile_result_2": ["demo.compile(c_file_2)"],
        "c_file_2": ["argument c_files of demo.make_prog", "argument files of demo.make"],
    }


def test_the_shared_object_leads_to_the_parent_that_was_asked_about(example: Any, reader: Reader) -> None:
    (prog2,) = file_versions(reader, "prog2")
    answer = upstream(reader, prog2.value)
    passed = [
        step.call_hash
        for derivation in answer.derivations
        for step in derivation.steps
        if isinstance(step, Passed) and step.task == "demo.make_prog"
    ]
    assert set(passed) == {example.calls["make prog2"].hash}
    assert {"lib.c", "prog2.c"} == {
        path for path in ("lib.c", "prog.c", "prog2.c") if path in str(origins(answer))
    }


def test_a_result_put_together_from_several_calls(example: Any, reader: Reader) -> None:
    job = reader.job(example.key, example.numbers["make"])
    call = reader.call(job.call_hash or b"")
    answer = told(upstream(reader, reader.value(call.value_hash), job=job))
    assert answer["result"] == ["from make_prog_result, make_prog_result_2"]
    assert answer["make_prog_result"] == ["demo.link(prog_path, o_files)"]
    assert answer["o_files_2"] == ["from compile_result_3, compile_result_2"]
    assert list(answer).count("compile_result_2") == 1


def test_after_a_replay_the_dataflow_is_that_of_the_new_run(
    example: Any, reader: Reader, records: ModuleType
) -> None:
    key, numbers = example.run(
        "lib 2", b"\x02" * 16, records.START + records.DAY, cached=["prog.c", "prog2.c"]
    )
    example.builder.save()
    job = reader.job(key, numbers[example.calls["link prog"]])
    assert job.status is JobStatus.DONE
    call = example.calls["link prog"]
    answer = upstream(reader, reader.value(call.result), job=job)
    passed = {step.call_hash for one in answer.derivations for step in one.steps if isinstance(step, Passed)}
    assert passed == {example.calls["make prog"].hash, example.calls["make"].hash}


def test_variables_are_named_as_in_the_code(builder: Any, reader: Reader) -> None:
    one = builder.task("demo.one", ["n"], "def one(n): return n + 1")
    main = builder.task(
        "demo.main", ["start"], "def main(start):\n    a = one(start)\n    b = two(a)\n    return b"
    )
    two = builder.task("demo.two", ["number"], "def two(number): return 2 * number")
    values = [builder.value(str(n), "builtins.int") for n in (1, 2, 4)]
    first = builder.call(one, {"n": values[0]}, values[1])
    second = builder.call(two, {"number": values[1]}, values[2], flows={"number": [first]})
    root = builder.call(main, {"start": values[0]}, values[2], children=[first, second])
    key, _ = builder.execution(root, ["run"])
    builder.save()
    answer = upstream(reader, reader.value(values[2]), job=reader.job(key, 1))
    assert told(answer) == {
        "result": ["demo.two(a)"],
        "a": ["demo.one(start)"],
        "start": ["argument start of demo.main"],
    }
    assert origins(answer) == {"1"}


def test_equal_values_are_not_confused(builder: Any, reader: Reader) -> None:
    """A 1 passed as a literal did not come from a call that happened to return 1."""
    one = builder.task("demo.one", [], "def one(): return 1")
    use = builder.task("demo.use", ["n"], "def use(n): return 5")
    main = builder.task("demo.main", [], "def main(): return [one(), use(1)]")
    value, five = builder.value("1", "builtins.int"), builder.value("5", "builtins.int")
    made, used = builder.call(one, {}, value), builder.call(use, {"n": value}, five)
    root = builder.call(main, {}, builder.value("[1, 5]"), children=[made, used])
    key, numbers = builder.execution(root, ["run"])
    builder.save()
    answer = upstream(reader, reader.value(five), job=reader.job(key, numbers[used]))
    assert told(answer) == {"result": ["demo.use(n)"], "n": []}
    assert origins(answer) == {"1"}


def test_files_travel_between_runs_by_way_of_the_disk(builder: Any, reader: Reader) -> None:
    write = builder.task("demo.write", [], "def write(): ...")
    read = builder.task("demo.read", ["file"], "def read(file): ...")
    file, count = builder.file("data.csv", "1,2"), builder.value("2", "builtins.int")
    builder.execution(builder.call(write, {}, file), ["run", "one"])
    key, _ = builder.execution(builder.call(read, {"file": file}, count), ["run", "two"])
    builder.save()
    answer = told(upstream(reader, reader.value(count), job=reader.job(key, 1)))
    assert answer == {
        "result": ["demo.read(file)"],
        "file": ["from write_result"],
        "write_result": ["demo.write()"],
    }


def test_a_file_that_is_rewritten_to_its_own_content_ends(builder: Any, reader: Reader) -> None:
    """Two tasks that turn a into b and b into a: following the files goes round in a circle."""
    task = builder.task("demo.turn", ["file"], "def turn(file): ...")
    a, b = builder.file("a", "x"), builder.file("b", "x")
    builder.execution(builder.call(task, {"file": a}, b), ["run", "ab"])
    builder.execution(builder.call(task, {"file": b}, a), ["run", "ba"])
    builder.save()
    answer = upstream(reader, reader.value(a))
    assert len(answer.derivations) == 4
    assert not answer.truncated


def test_a_value_that_no_call_made_is_an_origin(builder: Any, reader: Reader) -> None:
    value = builder.value("'alone'")
    builder.save()
    answer = upstream(reader, reader.value(value), name="value")
    assert answer.derivations == (Derivation("value", reader.value(value), ()),)
    assert answer.derivations[0].origin


@pytest.mark.slow
def test_a_long_chain_is_followed_without_recursion(builder: Any, reader: Reader) -> None:
    task = builder.task("demo.step", ["n"], "def step(n): return n + 1")
    main = builder.task("demo.main", [], "def main(): ...")
    calls: list[Any] = []
    for number in range(3_000):
        given, made = (builder.value(str(n), "builtins.int") for n in (number, number + 1))
        calls.append(builder.call(task, {"n": given}, made, flows={"n": calls[-1:]}))
    root = builder.call(main, {}, calls[-1].result, children=calls)
    key, _ = builder.execution(root, ["run"])
    builder.save()
    value = reader.value(root.result)
    whole = upstream(reader, value, job=reader.job(key, 1), limit=10_000)
    assert len(whole.derivations) == 3_001
    assert whole.derivations[-1].value.preview == "0"
    part = upstream(reader, value, job=reader.job(key, 1), limit=10)
    assert part.truncated
    assert part.derivations == whole.derivations[:10]


def test_the_answer_is_the_same_every_time(example: Any, reader: Reader) -> None:
    (prog,) = file_versions(reader, "prog")
    assert upstream(reader, prog.value) == upstream(reader, prog.value)
