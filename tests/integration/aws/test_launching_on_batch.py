"""`redun launch` on AWS Batch: a whole workflow whose scheduler runs there."""

from __future__ import annotations

import re
import sqlite3
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.aws.conftest import Project

WORKFLOW = """
from helper import double
from redun import task

redun_namespace = "launched"


@task
def main(x: int = 1):
    return double(x)
"""


def test_a_workflow_whose_scheduler_runs_on_batch(project: Project) -> None:
    project.configure("role = none", "", "[backend]", f"db_uri = sqlite:///{project.folder}/record.db")
    (project.folder / "helper.py").write_text("def double(x): return 2 * x\n")
    (project.folder / "workflow.py").write_text(WORKFLOW)
    words = ["launch", "--executor", "batch", "--code-package", "-o", "code_includes=*.py .redun/redun.ini"]
    told = project.redun(*words, "redun", "run", "workflow.py", "main", "--x", "21").stdout
    found = re.fullmatch(r"AWS Batch job ([\w-]+) in queue queue; its log: redun aws logs -b \1\n", told)
    assert found, told
    client = project.client("batch")
    for _ in range(300):
        [job] = client.describe_jobs(jobs=[found[1]])["jobs"]
        if job["status"] in ("SUCCEEDED", "FAILED"):
            break
        time.sleep(0.2)
    log = project.redun("aws", "logs", "-b", found[1]).stdout
    assert job["status"] == "SUCCEEDED", log
    assert "Execution duration" in log
    assert "42" in log
    # The scheduler there has recorded, where its configuration says.
    [execution] = sqlite3.connect(project.folder / "record.db").execute("SELECT task, status FROM execution")
    assert execution == ("launched.main", 1)


def test_waiting_for_a_job_on_batch(project: Project) -> None:
    project.configure("role = none", "job_monitor_interval = 0.2")
    process = project.start("launch", "--executor", "batch", "--wait", "sh", "-c", "echo out; exit 5")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (5, ""), err
    assert "The script ended with exit code 5" in err


def test_debug_mode_ends_with_its_process(project: Project) -> None:
    project.configure("role = none", "debug = true")
    done = project.redun("launch", "--executor", "batch", "echo hello", code=1)
    assert "is in debug mode: its jobs run on this machine" in done.stderr
