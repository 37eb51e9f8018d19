"""Write a record that no run of redun would: hostile texts wherever a text can stand, and payloads that execute.

Each text has an execution of its own: a root call that succeeded and, below it, one that failed.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from redun.hashing.digest import digest
from redun.recorder.batch import ExecutionStatus, JobStatus, ValueFlag, ValueFormat
from redun.recorder.database import open_database
from redun.recorder.ids import job_tag_id

START = 1_760_000_000_000_000


class Trap:
    """Unpickling it creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[object, ...]:
        return (open, (self.path, "w"))


@attrs.frozen
class Written:
    """Where a text stands."""

    text: str
    changed: str
    execution: bytes
    task: bytes
    call: bytes
    failed_call: bytes
    value: bytes
    file: bytes
    error: bytes

    @property
    def ids(self) -> list[str]:
        """Return ids of what shows the text, together with all that belongs to it."""
        execution = self.execution.hex()
        hashes = [self.value, self.error, self.failed_call]
        return [execution, f"{execution}.1", f"{execution}.2", *(one.hex() for one in hashes)]


class HostileRecord:
    """Fills one database."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trap = path.with_name("executed")
        self.payload = pickle.dumps(Trap(self.trap))
        self.connection = open_database(path)
        self.connection.execute("BEGIN")
        self.written: dict[str, Written] = {}
        self.executions = 0
        self.together = digest(b"execution", b"of all")[:16]

    def fill(self, texts: Mapping[str, str]) -> None:
        """Write each text, and commit."""
        for name, text in texts.items():
            # An earlier version of task and arguments, so that there is something to compare with.
            self.write(name, text, changed=" changed")
        for name, text in texts.items():
            self.written[name] = self.write(name, text)
        self.write_all()
        self.connection.execute("COMMIT")
        self.connection.close()

    def insert(self, table: str, **columns: Any) -> None:
        """Insert a row; texts as bytes that the driver would refuse, such as halves of surrogate pairs."""
        marks = ", ".join("CAST(? AS TEXT)" if isinstance(item, str) else "?" for item in columns.values())
        names = ", ".join(f'"{name}"' for name in columns)
        row = [
            item.encode("utf-8", "surrogatepass") if isinstance(item, str) else item
            for item in columns.values()
        ]
        self.connection.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", row)

    def value(self, identity: bytes, text: str, flags: ValueFlag, payload: bytes | str) -> None:
        """Write a value."""
        form = ValueFormat.JSON if isinstance(payload, str) else ValueFormat.PICKLE
        data = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload
        self.insert(
            "value",
            hash=identity,
            type=text,
            size=len(data),
            preview=text,
            format=form.value,
            flags=flags.value,
            blob=data,
            store=text if text.startswith(("/", "..")) else None,
        )

    def write(self, name: str, text: str, changed: str = "") -> Written:
        """Write one text everywhere; with `changed`, with that behind it in code and in previews."""
        self.executions += 1
        number = self.executions
        seed = f"{name}{changed}".encode()
        kinds = (b"task", b"call", b"failed", b"value", b"file", b"error")
        hashes = [digest(kind, seed) for kind in kinds]
        one = Written(text, changed, digest(b"execution", seed)[:16], *hashes)
        self.values(one)
        self.tasks(one, number)
        self.calls(one, number)
        self.execution(one, number)
        self.tags(one)
        return one

    def values(self, one: Written) -> None:
        """Write a value, a file that holds its text, and an error."""
        text = one.text
        self.value(one.value, text + one.changed, ValueFlag.PLAIN, self.payload)
        self.value(one.file, text, ValueFlag.EXTERNAL, self.payload)
        frame = {"file": text, "line": 1, "name": text, "function": text, "source": text, "code": text}
        error = {"type": text, "message": text, "traceback": text, "frames": [frame], "stderr": text}
        self.value(one.error, text, ValueFlag.ERROR, json.dumps(error))
        self.insert("file", path=text, value_hash=one.file)
        self.insert("subvalue", parent=one.value, child=one.file)

    def tasks(self, one: Written, number: int) -> None:
        """Write a version of a task and its parts."""
        text = one.text
        self.insert(
            "task",
            key=number,
            hash=one.task,
            namespace=text,
            name=text,
            parameters=json.dumps([text, "x"]),
            source=f'def f(x):\n    """{text}"""\n    # {text}\n    return {text!r}{one.changed}\n',
            file=text,
            line=number,
            version=text,
        )
        code = digest(b"code", one.task)
        self.insert("code", hash=code, text=f"{text}\n{one.changed}")
        self.insert("task_part", task=number, kind=text, name=text, digest=code, via=text, code=code)

    def calls(self, one: Written, number: int) -> None:
        """Write the call that succeeded, with the one below it that failed."""
        text = one.text
        outer, inner = digest(b"eval", one.call), digest(b"eval", one.failed_call)
        task_set = digest(b"taskset", one.call)
        self.insert("argument", eval_hash=outer, position=0, name=text, value_hash=one.value)
        self.insert("argument", eval_hash=outer, position=1, name="x", value_hash=one.file)
        self.insert("argument", eval_hash=inner, position=0, name=text, value_hash=one.file)
        self.insert("flow", eval_hash=inner, position=0, source=one.call)
        common = {"task": number, "created": START + number}
        self.insert(
            "call_node",
            hash=one.call,
            eval_hash=outer,
            value_hash=one.file,
            task_set=task_set,
            failed=0,
            **common,
        )
        self.insert(
            "call_node",
            hash=one.failed_call,
            eval_hash=inner,
            value_hash=one.error,
            task_set=None,
            failed=1,
            **common,
        )
        self.insert("call_edge", parent=one.call, position=0, child=one.failed_call)
        self.insert("task_set", hash=task_set, task_hash=one.task)
        self.insert("evaluation", eval_hash=outer, value_hash=one.value)
        self.insert("handle", hash=digest(b"handle", one.call), fullname=text, key=text, valid=1)

    def execution(self, one: Written, number: int) -> None:
        """Write the execution, its two jobs, and what these printed."""
        text = one.text
        self.insert(
            "execution",
            key=number,
            id=one.execution,
            argv=json.dumps(["redun", "run", text, text]),
            task=text,
            status=ExecutionStatus.FAILED.value,
            started=START + number * 1_000_000,
            ended=START + number * 1_000_000 + 500_000,
            heartbeat=START,
            host=text,
            pid=1,
            version=text,
            error=text,
        )
        self.job(number, 1, number, one.call, text, failed=False)
        self.job(number, 2, number, one.failed_call, text, failed=True)
        self.insert("origin", execution=number, repository=text, received=START)
        self.insert("foreign_call", hash=one.failed_call, repository=text)

    def write_all(self) -> None:
        """Write one execution more, the last, whose root made all the calls."""
        key = self.executions + 1
        # Those of many thousand characters have been shown enough on their own.
        chosen = [
            (place, one)
            for place, one in enumerate(self.written.values(), self.executions - len(self.written) + 1)
            if len(one.text) < 500
        ]
        calls = [(place, one, call) for place, one in chosen for call in (one.call, one.failed_call)]
        root, result, task = (digest(kind, b"of all") for kind in (b"call", b"value", b"task"))
        outer = digest(b"eval", root)
        self.value(result, "all of them", ValueFlag.PLAIN, self.payload)
        parameters = [one.text for _, one in chosen]
        self.insert(
            "task",
            key=key,
            hash=task,
            namespace="all",
            name="of_them",
            parameters=json.dumps(parameters),
            source="def of_them(): ...",
            file="all.py",
            line=1,
        )
        self.insert(
            "call_node",
            hash=root,
            task=key,
            eval_hash=outer,
            value_hash=result,
            task_set=task,
            failed=0,
            created=START,
        )
        for position, (_, one) in enumerate(chosen):
            self.insert("subvalue", parent=result, child=one.file)
            self.insert("argument", eval_hash=outer, position=position, name=one.text, value_hash=one.value)
            self.insert("flow", eval_hash=outer, position=position, source=one.call)
        for position, (_, _, call) in enumerate(calls):
            self.insert("call_edge", parent=root, position=position, child=call)
        started = START + 1_000_000 * key
        self.insert(
            "execution",
            key=key,
            id=self.together,
            argv=json.dumps(["redun", *parameters]),
            task="all.of_them",
            status=ExecutionStatus.FAILED.value,
            started=started,
            ended=started + 1_000_000,
            heartbeat=started,
            host="here",
            pid=1,
            version="1.0",
            error="all of them",
        )
        self.job(key, 1, key, root, "default", failed=False)
        for number, (place, one, call) in enumerate(calls, start=2):
            self.job(key, number, place, call, one.text, failed=call == one.failed_call)
        for text in parameters:
            self.insert("tag", entity="execution", id=self.together, key=text, value=json.dumps(text))

    def job(self, key: int, number: int, task: int, call: bytes, text: str, *, failed: bool) -> None:
        """Write a job that ran on an executor named by a text, and printed it."""
        self.insert(
            "job",
            execution=key,
            number=number,
            parent=1 if number > 1 else None,
            task=task,
            eval_hash=digest(b"eval", call),
            call_hash=call,
            status=(JobStatus.FAILED if failed else JobStatus.DONE).value,
            reason=1,
            executor=text,
            started=START + key * 1_000_000 + number,
            duration=1_000,
        )
        self.insert(
            "attempt",
            execution=key,
            number=number,
            attempt=1,
            error=text,
            cause=text,
            started=START,
            duration=1,
        )
        for stream in (1, 2, 3):
            self.insert("output", execution=key, number=number, stream=stream, text=text, dropped=7)

    def tags(self, one: Written) -> None:
        """Tag everything, with values that are JSON and with texts that are none."""
        text = one.text
        tagged = {
            "execution": one.execution,
            "job": job_tag_id(one.execution, 1),
            "call": one.call,
            "task": one.task,
            "value": one.value,
        }
        for kind, identity in tagged.items():
            for key, value in [(text, json.dumps(text)), ("raw", text), ("doc", json.dumps(text))]:
                self.insert("tag", entity=kind, id=identity, key=key, value=value)
            self.insert("tag_removed", entity=kind, id=identity, key=text, value=text, removed=START)
