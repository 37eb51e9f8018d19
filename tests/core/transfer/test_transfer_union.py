"""Records merged in any order, and again, come to the same: a union."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from hashlib import blake2b
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from redun.errors import RecorderError
from redun.hashing.keys import call_hash, eval_hash, task_set_hash
from redun.recorder.database import open_database
from redun.transfer.records import (
    Call,
    Evaluation,
    Execution,
    Job,
    Output,
    Record,
    RemovedTag,
    Tag,
    Task,
    TaskSet,
    Value,
)
from redun.transfer.target import Target

from tests.core.transfer.transfer_content import content, dangling

RUNNING, DONE = 0, 1


def name(*parts: object) -> bytes:
    return blake2b(repr(parts).encode(), digest_size=20).digest()


TASK = name("task")


def value(label: object, *, payload: bool = True) -> Value:
    data = repr(label).encode()
    size = len(data) if payload else 0
    return Value(
        name("value", label), "int", size, repr(label), 0, 0, data if payload else None, 0, (), False
    )


@cache
def run(number: int, result: int, ended: bool, tagged: bool, kept: bool) -> tuple[Record, ...]:
    """Return the records of an execution: a job that calls one of three, whose result is one of two."""
    given, found = value(number % 3, payload=kept), value(("result", result))
    inner_key = eval_hash(TASK, ("x",), [given.hash])
    inner = call_hash(inner_key, found.hash)
    outer_key = eval_hash(TASK, (), [])
    outer = call_hash(outer_key, found.hash, [inner])
    tasks = task_set_hash([TASK])
    execution = blake2b(b"%d" % number, digest_size=16).digest()
    status = DONE if ended else RUNNING
    end = 100 + number if ended else None
    records: list[Record] = [
        Task(TASK, "w", "f", '["x"]', "def f(x): ...", "w.py", 1, None, ()),
        TaskSet(tasks, (TASK,)),
        given,
        found,
        Evaluation(inner_key, TASK, ((0, "x", given.hash),), (), found.hash, ()),
        Evaluation(outer_key, TASK, (), (), found.hash if ended else None, ()),
        Call(inner, TASK, inner_key, found.hash, None, 0, None, (), False),
        Execution(execution, "[]", "w.f", status, number, end, 50 + 50 * ended, "host", 1, "1", None),
        Job(execution, 1, None, TASK, outer_key, outer if ended else None, status, 1, None, number, end),
        Job(execution, 2, 1, TASK, inner_key, inner, DONE, 1, None, number, 7),
        Output(execution, 2, 1, "printed" if ended else "pri", 0),
    ]
    if ended:
        records.append(Call(outer, TASK, outer_key, found.hash, tasks, 0, 1000 - number, (inner,), False))
    records.append(Tag("value", given.hash, "stage", '"draft"'))
    if tagged:
        records.append(RemovedTag("value", given.hash, "stage", '"draft"', 5 + number))
    return tuple(records)


def refuse(line: int, problem: str) -> RecorderError:
    return RecorderError(f"record {line}: {problem}")


@cache
def empty() -> bytes:
    """Return a database without rows, which takes long to make."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "redun.db"
        open_database(path).close()
        return path.read_bytes()


def merged(bundles: list[tuple[Record, ...]], *, trusted: bool) -> dict[str, list[tuple[object, ...]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "redun.db"
        path.write_bytes(empty())
        with Target(path, "redun pull", trusted=trusted) as target:
            # What counts here is what is written, not that it survives a power cut.
            target._session.connection.execute("PRAGMA synchronous = OFF")
            for records in bundles:
                target.take_in(enumerate(records), "team", refuse, fields_checked=False)
        assert not dangling(path)
        return content(path)


@settings(max_examples=int(os.environ.get("REDUN_EXAMPLES", "10")), deadline=None)
@given(st.data(), st.booleans())
def test_order_and_repetition_do_not_matter(data: st.DataObject, trusted: bool) -> None:
    # An execution has one story, of which each bundle tells a part.
    results = data.draw(st.lists(st.integers(0, 1), min_size=4, max_size=4))
    bundle = st.builds(
        lambda number, *rest: run(number, results[number], *rest),
        st.integers(0, 3),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    )
    bundles = data.draw(st.lists(bundle, min_size=1, max_size=4))
    again = data.draw(st.permutations(bundles + data.draw(st.lists(st.sampled_from(bundles), max_size=3))))
    assert merged(bundles, trusted=trusted) == merged(again, trusted=trusted)
