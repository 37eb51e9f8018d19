"""A report of a hundred thousand jobs is small, and needs little memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun.recorder.batch import JobStatus

JOBS = 100_000
# A process is charged with the memory of the one that started it: so a small one does.
STARTER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.fixture
def large(builder: Any, records: Any) -> Any:
    """100,000 jobs in 100 groups, every thousandth of which failed; half were replayed."""
    tasks = [
        builder.task(f"large.{name}", ["x"], f"def {name}(x): ...") for name in ("main", "group", "step")
    ]
    root = builder.call(tasks[0], {}, builder.value("1"))
    key, _ = builder.execution(root, ["run"])
    builder.connection.execute("UPDATE execution SET ended = started + 60000000")
    builder.connection.execute("UPDATE job SET status = ?", (JobStatus.DONE,))
    rows = []
    for number in range(2, JOBS + 1):
        group = number <= 101
        task, parent = (tasks[1], 1) if group else (tasks[2], 2 + number % 100)
        status = JobStatus.DONE if group or number % 2 else JobStatus.CACHED
        if number % 1_000 == 999:
            status = JobStatus.FAILED
        identity = number.to_bytes(20, "big")
        rows.append(
            (
                key,
                number,
                parent,
                task.key,
                identity,
                None,
                status,
                1,
                None,
                records.START + 500 * number,
                2_000,
            )
        )
    marks = ", ".join("?" * 11)
    builder.connection.executemany(f"INSERT INTO job VALUES ({marks})", rows)
    builder.save()
    return builder


@pytest.mark.slow
def test_a_hundred_thousand_jobs(large: Any, read: Callable[[str], Any], tmp_path: Path) -> None:
    (tmp_path / "redun.ini").write_text(f"[backend]\ndb_uri = sqlite:///{large.path}\n")
    target = tmp_path / "report.html"
    words = [sys.executable, "-m", "redun_cli", "-c", str(tmp_path), "report", "-o", str(target)]
    started = subprocess.run([sys.executable, "-c", STARTER, *words], stdout=subprocess.PIPE, check=True)
    assert int(started.stdout) < 150_000
    assert target.stat().st_size < 1_000_000
    shown = read(target.read_text())
    cells = [cell.text() for cell in shown.one("section", id="tasks").one("table").all("tr")[3].all("td")]
    assert cells[:4] == ["49 849", "49 950", "100", "99 899"]
    lines = shown.one("ul", id="tree").all("code", class_="call")
    assert [line.text() for line in lines] == [
        "large.main()",
        "large.group × 100",
        "large.step × 99 899",
    ]
    assert "99 jobs failed" not in shown.one("section", id="failures").text()
    assert "100 jobs failed" in shown.one("section", id="failures").text()
    assert len(shown.one("section", id="failures").all("article")) == 40
    assert "large.step: 60 jobs" in shown.one("section", id="failures").text()
    assert {"All tasks", "large.step", "large.group"} <= {
        title.text().split(":")[0] for title in shown.one("section", id="timeline").all("title")
    }
