"""The tags example: what is tagged, by whom, and that tags make nothing run."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


def test_executions_tasks_jobs_and_values_show_their_tags(copy_of: Callable[[str], Any]) -> None:
    example = copy_of("tags")
    first = example.run("--tag", "purpose=paper", "workflow.py", "main")
    assert first.stdout.count("y = 3.0 + 0.5 x, r = 0.82") == 4
    assert first.ran == {"main": 1, "read": 1, "judge_all": 1, "fit": 4, "outliers": 4, "judge": 4}

    execution = example.log("-")
    for tag in ("purpose=paper", "study=anscombe", "table=quartet.csv"):
        assert tag in execution
    assert "Tags: method=least squares, reviewed=true" in example.log("examples.tags.fit")

    (job,) = re.findall(r"Job (\w+\.\d+) .*examples\.tags\.judge\(name='III'", execution)
    shown = example.log(job)
    assert "Tags: set=III" in shown
    (result,) = re.findall(r"Result: <(\w+)>", shown)
    assert "Tags: outliers=[2]" in example.log(result)

    # Another run, with another tag and an edited one, replays everything.
    example.edit("workflow.py", '("reviewed", True)', '("reviewed", False)')
    again = example.run("--tag", "purpose=talk", "workflow.py", "main")
    assert not again.ran
    assert again.cached.total() == 15
    assert "purpose=talk" in example.log()
