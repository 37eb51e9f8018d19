"""The floor program of the benchmarks does what it is compared for: it writes the rows that redun writes."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import warm

PROGRAMS = Path(__file__).resolve().parents[3] / "benchmarks" / "programs"
SIZE = 50
# redun records one call more: that of the task that fans out. Its arguments are values of the calls as well; its
# own values are the list of calls that its body returned and the list of their results.
OF_THE_CALLER = {"value": 2, "evaluation": 1, "argument": 1, "call_node": 1, "job": 1}


def run(program: str, folder: Path) -> int:
    done = warm.run(
        [sys.executable, PROGRAMS / program, "fan-out", str(SIZE), folder],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])["result"]


def counts(folder: Path) -> dict[str, int]:
    with closing(sqlite3.connect(folder / "redun.db")) as database:
        return {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in (
                "value",
                "evaluation",
                "argument",
                "call_node",
                "call_edge",
                "job",
                "flow",
                "subvalue",
            )
        }


def test_floor_writes_the_rows_of_redun(tmp_path: Path) -> None:
    ours, floor = tmp_path / "ours", tmp_path / "floor"
    ours.mkdir()
    floor.mkdir()
    assert run("ours.py", ours) == SIZE * (SIZE + 1) // 2
    with closing(sqlite3.connect(ours / "redun.db")) as database:
        statements = database.execute(
            "SELECT sql FROM sqlite_master WHERE sql NOT NULL AND name NOT LIKE 'sqlite_%'"
        )
        (floor / "schema.sql").write_text("".join(f"{sql};\n" for (sql,) in statements))
    assert run("floor.py", floor) == SIZE * (SIZE + 1) // 2
    difference = {table: count - counts(floor)[table] for table, count in counts(ours).items()}
    assert difference == {table: OF_THE_CALLER.get(table, 0) for table in difference}
    replayed = run("floor.py", floor)
    assert replayed == SIZE * (SIZE + 1) // 2
    assert counts(floor)["job"] == 2 * SIZE
    assert counts(floor)["evaluation"] == SIZE
