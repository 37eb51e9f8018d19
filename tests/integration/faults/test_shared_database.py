"""Four processes at once run overlapping workflows on one database, round after round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.faults.conftest import Project

ROUNDS = 10
PROCESSES = 4

# Of each process' calls, half are also those of its neighbour, and `common` is everybody's.
WORKFLOW = """
    @task
    def common(key: str) -> int:
        note("start", key)
        return 1

    @task
    def piece(key: str, number: int) -> list:
        note("start", key)
        return [number, "x" * (1_100_000 if number % 25 == 0 else number)]

    @task
    def size(key: str, value: list) -> int:
        return value[0] + len(value[1])

    @task
    def save(key: str, sizes: list) -> File:
        out = File(f"out/{key}.txt")
        out.write(repr(sizes))
        return out

    @task
    def main(round: int, who: int, n: int = 12):
        numbers = range(round * 100 + who * n // 2, round * 100 + who * n // 2 + n)
        sizes = [size(f"size-{i}", piece(f"piece-{i}", i)) for i in numbers]
        return [common(f"common-{round}"), sizes, save(f"save-{round}-{who}", sizes)]
"""


def result(number: int, who: int, n: int = 12) -> str:
    first = number * 100 + who * n // 2
    sizes = [i + (1_100_000 if i % 25 == 0 else i) for i in range(first, first + n)]
    return repr(sizes)


@pytest.mark.slow
def test_four_processes_at_once(project: Project) -> None:
    project.workflow(WORKFLOW)
    for number in range(ROUNDS):
        # The first round finds no database: all four make it.
        processes = [
            project.start("run", "wf.py", "main", "--round", str(number), "--who", str(who))
            for who in range(PROCESSES)
        ]
        for who, process in enumerate(processes):
            run = project.finish(process)
            assert run.code == 0, run.stderr
            assert "ERROR" not in run.stderr
            assert "WARNING" not in run.stderr
            assert (project.folder / f"out/save-{number}-{who}.txt").read_text() == result(number, who)
            assert result(number, who)[1:20].split(",")[0] in run.stdout
        common = project.bodies().count(f"common-{number}")
        assert 1 <= common <= PROCESSES
    project.assert_record_sound()
    project.assert_no_running_rows()
    assert [row["status"] for row in project.log()] == ["DONE"] * (ROUNDS * PROCESSES)
    assert project.rows("SELECT count(*) FROM job WHERE status NOT IN (1, 2)") == [(0,)]

    # Nothing is lost: every call of every process is found again.
    done = len(project.bodies())
    for number in (0, ROUNDS // 2, ROUNDS - 1):
        for who in range(PROCESSES):
            again = project.redun("run", "wf.py", "main", "--round", str(number), "--who", str(who))
            assert again.ran() == []
            assert len(again.cached()) == 27
    assert len(project.bodies()) == done


@pytest.mark.slow
def test_the_same_workflow_four_times_at_once(project: Project) -> None:
    project.workflow(WORKFLOW)
    for number in range(3):
        words = ("run", "wf.py", "main", "--round", str(number), "--who", "0", "--n", "100")
        processes = [project.start(*words) for _ in range(PROCESSES)]
        runs = [project.finish(process) for process in processes]
        assert [run.code for run in runs] == [0] * PROCESSES, runs
        assert len({run.stdout for run in runs}) == 1
        project.assert_record_sound()
        again = project.redun(*words)
        assert again.ran() == []
        assert again.stdout == runs[0].stdout
