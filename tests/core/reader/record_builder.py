"""Write records by hand, so that looking can be tested without running anything.

A call is described bottom-up (its arguments, result, children, and which calls its arguments came from); an execution
walks a tree of calls and writes the jobs. Every payload is a pickle that, if it were read, would create `trap`.
"""

from __future__ import annotations

import json
import os
import pickle
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
from redun.hashing.digest import digest
from redun.recorder.batch import ExecutionStatus, JobStatus, Reason, ValueFlag, ValueFormat
from redun.recorder.database import open_database

DAY = 86_400_000_000
START = 1_760_000_000_000_000


class Hostile:
    """Unpickling it creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[object, ...]:
        return (open, (self.path, "w"))


@attrs.frozen
class Task:
    hash: bytes
    key: int
    name: str


@attrs.frozen(eq=False)
class Call:
    task: Task
    eval_hash: bytes
    hash: bytes
    result: bytes
    children: tuple[Call, ...]
    failed: bool


class RecordBuilder:
    """Fills one database."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trap = path.with_name("executed")
        self.connection = open_database(path)
        self.connection.execute("BEGIN")
        self.payload = pickle.dumps(Hostile(self.trap))

    def insert(self, table: str, *row: object) -> None:
        marks = ", ".join("?" * len(row))
        self.connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)

    def save(self) -> None:
        """Commit what was written so far."""
        self.connection.execute("COMMIT")
        self.connection.execute("BEGIN")

    def close(self) -> None:
        self.connection.execute("ROLLBACK")
        self.connection.close()

    def task(self, fullname: str, parameters: Sequence[str], source: str, *, version: str = "1") -> Task:
        namespace, _, name = fullname.rpartition(".")
        identity = digest(b"task", fullname.encode(), source.encode(), version.encode())
        self.insert(
            "task (hash, namespace, name, parameters, source, file, line, version)",
            identity,
            namespace,
            name,
            json.dumps(list(parameters)),
            source,
            "make.py",
            12,
            None,
        )
        rows = self.connection.execute("SELECT key FROM task WHERE hash = ?", (identity,)).fetchall()
        return Task(identity, rows[0][0], fullname)

    def value(
        self,
        preview: str,
        type_name: str = "builtins.str",
        *,
        flags: ValueFlag = ValueFlag.PLAIN,
        parts: Sequence[bytes] = (),
        json_text: str | None = None,
    ) -> bytes:
        identity = digest(b"value", type_name.encode(), preview.encode(), *parts)
        form = ValueFormat.PICKLE if json_text is None else ValueFormat.JSON
        payload = self.payload if json_text is None else json_text.encode()
        self.insert(
            "value", identity, type_name, len(payload), preview, form.value, flags.value, payload, None, None
        )
        for part in parts:
            self.insert("subvalue", identity, part)
        return identity

    def file(self, path: str, content: str) -> bytes:
        shown = digest(b"file", path.encode(), content.encode()).hex()[:8]
        identity = self.value(f"File(path={path}, hash={shown})", "redun.File", flags=ValueFlag.EXTERNAL)
        self.insert("file", path, identity)
        return identity

    def call(
        self,
        task: Task,
        arguments: Mapping[str, bytes],
        result: bytes,
        *,
        children: Sequence[Call] = (),
        flows: Mapping[str, Sequence[Call]] | None = None,
        failed: bool = False,
    ) -> Call:
        named = [part for name, value in arguments.items() for part in (name.encode(), value)]
        eval_hash = digest(b"eval", task.hash, *named)
        below = b"".join(sorted({child.hash for child in children}))
        identity = digest(b"call", eval_hash, result, below)
        for position, (name, value) in enumerate(arguments.items()):
            self.insert("argument", eval_hash, position, name, value)
            for source in (flows or {}).get(name, ()):
                self.insert("flow", eval_hash, position, source.hash)
        task_set = digest(b"taskset", below) if children else None
        created = START if children else None
        self.insert("call_node", identity, task.key, eval_hash, result, task_set, int(failed), created)
        for position, child in enumerate({child.hash: child for child in children}.values()):
            self.insert("call_edge", identity, position, child.hash)
        if not failed:
            lazy = self.value(f"<lazy {identity.hex()}>", "redun.Expression", flags=ValueFlag.LAZY)
            self.insert("evaluation", eval_hash, lazy if children else result)
        return Call(task, eval_hash, identity, result, tuple(children), failed)

    def execution(
        self,
        root: Call,
        argv: Sequence[str],
        *,
        started: int = START,
        identity: bytes | None = None,
        status: ExecutionStatus = ExecutionStatus.DONE,
        statuses: Mapping[Call, JobStatus] | None = None,
        heartbeat: int | None = None,
        host: str = "elsewhere",
        pid: int = 1,
        tags: Mapping[str, str] | None = None,
        error: str | None = None,
    ) -> tuple[int, dict[Call, int]]:
        """Write an execution and its jobs, one per eval hash, level by level; return its key and the job numbers."""
        done = status is not ExecutionStatus.RUNNING
        identity = identity or os.urandom(16)
        self.insert(
            "execution (id, argv, task, status, started, ended, heartbeat, host, pid, version, error)",
            identity,
            json.dumps(list(argv)),
            root.task.name,
            status.value,
            started,
            started + 2_340_000 if done else None,
            started if heartbeat is None else heartbeat,
            host,
            pid,
            "1.0",
            error,
        )
        key = self.connection.execute("SELECT MAX(key) FROM execution").fetchall()[0][0]
        for name, tag_value in (tags or {}).items():
            self.insert("tag", "execution", identity, name, json.dumps(tag_value))
        numbers: dict[bytes, int] = {}
        found: dict[Call, int] = {}
        level: list[tuple[Call, int | None]] = [(root, None)]
        while level:
            below: list[tuple[Call, int | None]] = []
            for call, parent in level:
                if call.eval_hash in numbers:
                    found[call] = numbers[call.eval_hash]
                    continue
                number = numbers[call.eval_hash] = found[call] = len(numbers) + 1
                state = (statuses or {}).get(call, JobStatus.FAILED if call.failed else JobStatus.DONE)
                running = state is JobStatus.RUNNING
                self.insert(
                    "job",
                    key,
                    number,
                    parent,
                    call.task.key,
                    call.eval_hash,
                    None if running else call.hash,
                    state.value,
                    (Reason.REPLAYED if state is JobStatus.CACHED else Reason.NEW).value,
                    "default",
                    started + 1000 * number,
                    None if running else 280_000,
                )
                below.extend((child, number) for child in call.children)
            level = below
        return key, found


COMPILE = '''@task()
def compile(c_file):
    """Compile one C file."""
    os.system(f"gcc -c {c_file.path}")
    return File(c_file.path.replace(".c", ".o"))
'''
LINK = """@task()
def link(prog_path, o_files):
    os.system("gcc -o ...")
    return File(prog_path)
"""
MAKE_PROG = """@task()
def make_prog(prog_path, c_files):
    o_files = [compile(c_file) for c_file in c_files]
    prog_file = link(prog_path, o_files)
    return prog_file
"""
MAKE = """@task()
def make(files=files):
    progs = [make_prog(prog_path, c_files) for prog_path, c_files in files.items()]
    return progs
"""


class CompileExample:
    """The compile example: make, make_prog twice, compile three times (lib.c is shared), link twice."""

    IDENTITY = bytes.fromhex("3f9a2b1c" + "00" * 11 + "07")

    def __init__(self, builder: RecordBuilder) -> None:
        self.builder = builder
        self.compile = builder.task("demo.compile", ["c_file"], COMPILE)
        self.link = builder.task("demo.link", ["prog_path", "o_files"], LINK)
        self.make_prog = builder.task("demo.make_prog", ["prog_path", "c_files"], MAKE_PROG)
        self.make = builder.task("demo.make", ["files"], MAKE)
        self.calls: dict[str, Call] = {}
        self.key, numbers = self.run("lib 1", self.IDENTITY, START)
        self.numbers = {name: numbers[call] for name, call in self.calls.items()}

    def run(
        self, lib_content: str, identity: bytes, started: int, cached: Sequence[str] = ()
    ) -> tuple[int, dict[Call, int]]:
        builder = self.builder
        sources = {
            path: builder.file(path, content)
            for path, content in [("lib.c", lib_content), ("prog.c", "main"), ("prog2.c", "main2")]
        }
        calls: dict[str, Call] = {}
        for path, source in sources.items():
            made = builder.file(
                path.replace(".c", ".o"), f"object of {path} {lib_content if path == 'lib.c' else ''}"
            )
            calls[path] = builder.call(self.compile, {"c_file": source}, made)
        progs = []
        for prog in ("prog", "prog2"):
            names = [f"{prog}.c", "lib.c"]
            objects = [calls[name] for name in names]
            c_files = builder.value(
                f"[{prog}.c, lib.c]", "builtins.list", parts=[sources[name] for name in names]
            )
            o_files = builder.value(
                f"[{prog}.o, lib.o]", "builtins.list", parts=[one.result for one in objects]
            )
            path = builder.value(f"'{prog}'")
            linked = builder.file(prog, f"{prog} with {lib_content}")
            arguments = {"prog_path": path, "o_files": o_files}
            calls[f"link {prog}"] = builder.call(self.link, arguments, linked, flows={"o_files": objects})
            calls[f"make {prog}"] = builder.call(
                self.make_prog,
                {"prog_path": path, "c_files": c_files},
                linked,
                children=[*objects, calls[f"link {prog}"]],
            )
            progs.append(linked)
        files = builder.value(
            "{'prog': [prog.c, lib.c], 'prog2': …}", "builtins.dict", parts=list(sources.values())
        )
        result = builder.value("[prog, prog2]", "builtins.list", parts=progs)
        calls["make"] = builder.call(
            self.make, {"files": files}, result, children=[calls["make prog"], calls["make prog2"]]
        )
        self.calls = calls
        return builder.execution(
            calls["make"],
            ["run", "make.py", "make"],
            identity=identity,
            started=started,
            statuses={calls[name]: JobStatus.CACHED for name in cached},
            tags={"user": "ada"},
        )


def now_us() -> int:
    """Return the time in microseconds since the epoch."""
    return int(time.time() * 1e6)
