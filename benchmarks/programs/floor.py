"""The least that recording a fan-out can cost: `python floor.py WORK SIZE FOLDER`.

No engine: a loop that pickles and hashes what a call consists of, hands waves of calls to a thread, and lets another
thread write the rows with raw `sqlite3`. Tables and rows are those of redun: `schema.sql`, taken from a database that
redun made, must lie in the folder.
"""

from __future__ import annotations

import json
import pickle
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

WAVE = 1000
Rows = defaultdict[str, list[tuple[Any, ...]]]

INSERTS = {
    "value": "INSERT OR IGNORE INTO value VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
    "evaluation": "INSERT OR REPLACE INTO evaluation VALUES (?, ?)",
    "argument": "INSERT OR IGNORE INTO argument VALUES (?, ?, ?, ?)",
    "call_node": "INSERT OR IGNORE INTO call_node VALUES (?, ?, ?, ?, NULL, 0, NULL)",
    "call_edge": "INSERT OR IGNORE INTO call_edge VALUES (?, ?, ?)",
    "job": "INSERT OR REPLACE INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
}
TASK = blake2b(b"inc", digest_size=20).digest()
PARENT = blake2b(b"main", digest_size=20).digest()


def inc(x: int) -> int:
    return x + 1


def work(inbox: SimpleQueue[list[int] | None], outbox: SimpleQueue[list[int]]) -> None:
    """Run calls wave by wave, as an executor's thread does."""
    while (wave := inbox.get()) is not None:
        outbox.put([inc(x) for x in wave])


def write(path: Path, inbox: SimpleQueue[Rows | None]) -> None:
    """Write batches of rows, each in a transaction."""
    database = connect(path)
    while (rows := inbox.get()) is not None:
        with database:
            for table, tuples in rows.items():
                database.executemany(INSERTS[table], tuples)
    database.close()


def connect(path: Path) -> sqlite3.Connection:
    """Open the record with the settings that redun uses."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = NORMAL")
    return database


def seal(value: object) -> tuple[bytes, bytes]:
    """Return the digest and the pickle of a value."""
    payload = pickle.dumps(value, 5)
    return blake2b(payload, digest_size=20, person=b"value").digest(), payload


def key(argument: bytes) -> bytes:
    """Return the digest of a call of `inc`."""
    return blake2b(TASK + b"x" + argument, digest_size=20, person=b"eval").digest()


def waves(size: int) -> Iterator[range]:
    """Cut the arguments into waves."""
    for start in range(0, size, WAVE):
        yield range(start, min(start + WAVE, size))


def run(size: int, path: Path) -> int:
    """Run the calls that the record does not know, take the results of the others; return the sum."""
    calls: SimpleQueue[list[int] | None] = SimpleQueue()
    results: SimpleQueue[list[int]] = SimpleQueue()
    batches: SimpleQueue[Rows | None] = SimpleQueue()
    # Daemons: a program that fails must end.
    threads = [
        Thread(target=work, args=(calls, results), daemon=True),
        Thread(target=write, args=(path, batches), daemon=True),
    ]
    for thread in threads:
        thread.start()
    database = connect(path)
    execution = database.execute("SELECT count(*) FROM execution").fetchone()[0] + 1
    total = 0
    for wave in waves(size):
        rows: Rows = defaultdict(list)
        started = time.time_ns() // 1000
        sealed = {x: seal(x) for x in wave}
        keys = {x: key(sealed[x][0]) for x in wave}
        known = look_up(database, list(keys.values()))
        missing = [x for x in wave if keys[x] not in known]
        for x in wave:
            if keys[x] in known:
                total += pickle.loads(known[keys[x]][1])
                call = blake2b(keys[x] + known[keys[x]][0], digest_size=20, person=b"call").digest()
                rows["job"].append((execution, x, 0, 1, keys[x], call, 2, 0, None, started, 0))
        calls.put(missing)
        for x, result in zip(missing, results.get(), strict=True):
            record(rows, execution, x, keys[x], sealed[x], result, started)
            total += result
        batches.put(rows)
    calls.put(None)
    batches.put(None)
    for thread in threads:
        thread.join()
    (recorded,) = database.execute("SELECT count(*) FROM job WHERE execution = ?", (execution,)).fetchone()
    if recorded != size:
        raise SystemExit(f"recorded {recorded} jobs of {size}")
    with database:
        database.execute(
            "INSERT INTO execution VALUES (?, ?, '', '', 1, 0, 0, 0, '', 0, '', '')",
            (execution, execution.to_bytes(16)),
        )
    database.close()
    return total


def look_up(database: sqlite3.Connection, keys: list[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
    """Return digest and pickle of the recorded results of a wave."""
    marks = ",".join("?" * len(keys))
    query = (
        "SELECT eval_hash, hash, blob FROM evaluation JOIN value ON hash = value_hash "
        f"WHERE eval_hash IN ({marks})"
    )
    return {row[0]: (row[1], row[2]) for row in database.execute(query, keys)}


def record(
    rows: Rows,
    execution: int,
    x: int,
    eval_hash: bytes,
    argument: tuple[bytes, bytes],
    result: int,
    started: int,
) -> None:
    """Add the rows of a call that ran."""
    digest, payload = seal(result)
    call = blake2b(eval_hash + digest, digest_size=20, person=b"call").digest()
    rows["value"].append((argument[0], "builtins.int", len(argument[1]), repr(x), 0, 0, argument[1]))
    rows["value"].append((digest, "builtins.int", len(payload), repr(result), 0, 0, payload))
    rows["evaluation"].append((eval_hash, digest))
    rows["argument"].append((eval_hash, 0, "x", argument[0]))
    rows["call_node"].append((call, 1, eval_hash, digest))
    rows["call_edge"].append((PARENT, x, call))
    duration = time.time_ns() // 1000 - started
    rows["job"].append((execution, x, 0, 1, eval_hash, call, 1, 1, "default", started, duration))


if __name__ == "__main__":
    size, folder = int(sys.argv[2]), Path(sys.argv[3])
    path = folder / "redun.db"
    if not path.exists():
        database = sqlite3.connect(path)
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript((folder / "schema.sql").read_text())
        database.close()
    print(json.dumps({"result": run(size, path)}))
