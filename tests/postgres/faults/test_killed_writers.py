"""kill -9 of runs that record in PostgreSQL, again and again, until one comes to its end."""

from __future__ import annotations

import json
import time
from collections import Counter

import pytest

from tests.postgres.faults.project import Project, chance

LENGTH = 16


@pytest.mark.parametrize(
    "kills", [pytest.param(2, marks=pytest.mark.slow), pytest.param(20, marks=pytest.mark.large)]
)
def test_killed_again_and_again(project: Project, kills: int) -> None:
    hits: Counter[str] = Counter()
    recorded: set[str] = set()
    seen = 0
    for number in range(kills):
        process = project.start("run", "wf.py", "main", "--n", str(LENGTH))
        project.allow((number + 1) * LENGTH // (kills + 1))
        project.await_that(process, lambda: len(project.bodies()) > seen, "a body")  # noqa: B023
        time.sleep(chance.uniform(0, 0.4))
        process.kill()
        process.communicate()
        project.assert_nothing_left()  # I5
        starts = project.bodies()[seen:]
        seen += len(starts)
        assert max(Counter(starts).values(), default=1) == 1
        assert not recorded & set(starts)  # I1
        assert recorded <= project.recorded_keys() <= set(project.bodies())
        recorded = project.recorded_keys()
        hits.update(set(starts) - recorded)
        # I2: whoever looks is told.
        told = project.redun("log", "-", "--limit", "0", "--format", "json").stdout
        statuses = {json.loads(line)["status"] for line in told.splitlines()}
        assert "CRASHED" in statuses
        assert "RUNNING" not in statuses
    project.allow(LENGTH)
    run = project.redun("run", "wf.py", "main", "--n", str(LENGTH))
    assert run.result.startswith(f"[{LENGTH}, ")  # I3
    assert not recorded & set(project.bodies()[seen:])
    for key, times in Counter(project.bodies()).items():
        assert times <= 1 + hits[key]  # I7
    project.assert_finished(LENGTH)
    assert project.rows("SELECT status, count(*) FROM execution GROUP BY status ORDER BY status") == [
        (1, 2),
        (5, kills),
    ]
