"""What was made of a file, a value, or the result of a call."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

Show = Callable[..., str]


def test_of_a_file(example: Any, show: Show) -> None:
    text = show("prog.c", "--downstream")
    assert text.startswith("File ")
    used, _, on = text.partition("What came of it was used by:")
    assert "demo.compile(c_file=…) --> File(path=prog.o" in used
    assert "demo.link(o_files=…) --> File(path=prog," in on
    assert "Files made:" in on


def test_of_the_result_of_one_job(example: Any, show: Show) -> None:
    text = show(f"-.{example.numbers['lib.c']}", "--downstream")
    assert text.startswith(f"The result of Job 3f9a2b1c.{example.numbers['lib.c']} demo.compile: <")
    assert text.count("demo.link(o_files=…)") == 2
    call = example.calls["lib.c"].hash.hex()
    assert show(call, "--downstream").splitlines()[1:] == text.splitlines()[1:]


def test_many_users_are_one_line_and_failures_are_told(builder: Any, show: Show) -> None:
    task = builder.task("lab.correct", ["x", "by"], "def correct(x, by): ...")
    main = builder.task("lab.main", [], "def main(): ...")
    by = builder.value("{'gain': 1}", "builtins.dict")
    calls = [
        builder.call(
            task, {"x": builder.value(str(n)), "by": by}, builder.value(f"r{n}"), failed=n == 7, children=[]
        )
        for n in range(1_000)
    ]
    # A call that failed has a set of tasks that it depends on, and so is found by its eval hash.
    builder.connection.execute("UPDATE call_node SET task_set = ? WHERE failed = 1", (b"t" * 20,))
    builder.execution(builder.call(main, {}, builder.value("0"), children=calls), ["run"])
    text = show(by.hex(), "--downstream")
    assert "  lab.correct(by=…) x 1,000 (1 FAILED)\n" in text
    assert text.count("raised r7") == 1
    some = show(by.hex(), "--downstream", "--limit", "5")
    assert some.count("lab.correct(by=…)") == 5
    assert "... there are more" in some
    documents = [json.loads(line) for line in show(by.hex(), "--downstream", "--format", "json").splitlines()]
    assert len(documents) == 1_000
    assert {document["argument"] for document in documents} == {"by"}
    table = csv.DictReader(io.StringIO(show(by.hex(), "--downstream", "--format", "csv")))
    assert sum(row["failed"] == "true" for row in table) == 1


def test_of_what_has_no_result_or_no_use(builder: Any, show: Show) -> None:
    task = builder.task("lab.boom", [], "def boom(): ...")
    call = builder.call(task, {}, builder.value("boom"), failed=True)
    builder.execution(call, ["run"])
    assert "It has no result: it did not end, or failed." in show("-.1", "--downstream")
    assert show("-.1", "--downstream", "--format", "json") == ""
    lonely = builder.value("'alone'")
    assert "No recorded call used it." in show(lonely.hex(), "--downstream")
