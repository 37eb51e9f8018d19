from __future__ import annotations

from typing import Any

from redun.recorder.lineage import downstream
from redun.recorder.reader import Reader
from redun.recorder.reader_files import file_versions


def test_a_source_file_reaches_all_that_is_made_of_it(example: Any, reader: Reader) -> None:
    (prog_c,) = file_versions(reader, "prog.c")
    uses = downstream(reader, prog_c.value)
    assert {(use.call.hash, use.argument.name) for use in uses} == {
        (example.calls["prog.c"].hash, "c_file"),
        (example.calls["make prog"].hash, "c_files"),
        (example.calls["make"].hash, "files"),
        (example.calls["link prog"].hash, "o_files"),
    }
    depths = [use.depth for use in uses]
    assert depths == sorted(depths)


def test_the_result_of_one_call_is_followed_alone(builder: Any, reader: Reader) -> None:
    one = builder.task("demo.one", ["n"], "def one(n): return 1")
    use = builder.task("demo.use", ["n"], "def use(n): return n")
    main = builder.task("demo.main", [], "def main(): ...")
    value = builder.value("1", "builtins.int")
    made = [builder.call(one, {"n": builder.value(str(n))}, value) for n in range(2)]
    five = builder.value("5", "builtins.int")
    used = builder.call(use, {"n": value}, five, flows={"n": made[:1]})
    wrapped = builder.call(main, {}, five, children=[*made, used])
    end = builder.call(use, {"n": five}, builder.value("6"), flows={"n": [wrapped]})
    builder.execution(builder.call(main, {"x": five}, end.result, children=[wrapped, end]), ["run"])
    builder.save()
    uses = downstream(reader, reader.value(value), call=reader.call(made[0].hash))
    assert [(found.depth, found.call.hash) for found in uses] == [(1, used.hash), (2, end.hash)]
    assert downstream(reader, reader.value(value), call=reader.call(made[1].hash)) == ()


def test_an_argument_is_followed_into_the_calls_it_is_handed_to(builder: Any, reader: Reader) -> None:
    one = builder.task("demo.one", [], "def one(): return 1")
    inner = builder.task("demo.inner", ["n"], "def inner(n): return n")
    outer = builder.task("demo.outer", ["n"], "def outer(n): return inner(n)")
    main = builder.task("demo.main", [], "def main(): return outer(one())")
    value, result = builder.value("1"), builder.value("2")
    made = builder.call(one, {}, value)
    below = builder.call(inner, {"n": value}, result)
    above = builder.call(outer, {"n": value}, result, children=[below], flows={"n": [made]})
    builder.execution(builder.call(main, {}, result, children=[made, above]), ["run"])
    builder.save()
    uses = downstream(reader, reader.value(value), call=reader.call(made.hash))
    assert [use.call.hash for use in uses] == [above.hash, below.hash]


def test_the_limit_holds(example: Any, reader: Reader) -> None:
    (lib,) = file_versions(reader, "lib.c")
    assert len(downstream(reader, lib.value, limit=2)) == 2
