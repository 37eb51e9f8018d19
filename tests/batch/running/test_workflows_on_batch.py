"""Workflows whose tasks run as jobs of Batch: what goes there and what comes back."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

MIXED = """
    import os
    import sys
    from redun.config import load_config
    from redun import File, Scheduler, script, task

    redun_namespace = "mixed"

    @task(executor="batch", memory=2, vcpus=0.5)
    def double(x):
        print("doubling", x)
        return 2 * x, os.getpid(), sorted(sys.modules)

    @task()
    def here(x):
        return x + 1

    @task(executor="batch", script=True)
    def shout(word):
        return f"echo {word} | tr a-z A-Z"

    @task()
    def main():
        return [double(here(20)), shout("hello")]

    if __name__ == "__main__":
        (value, pid, modules), loud = Scheduler(load_config('.redun')).run(main())
        assert pid != os.getpid()
        assert not {"click", "rich", "docker", "pyspark"} & {name.partition(".")[0] for name in modules}
        print(value, loud)
"""


def record(project: Any, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(project.folder / ".redun" / "redun.db") as database:
        return database.execute(query).fetchall()


@pytest.mark.slow
def test_a_plain_script_runs_tasks_and_commands_on_batch(project: Any) -> None:
    # Python is started as anywhere, with nothing imported before.
    project.configure(job_name_prefix=project.prefix, image="worker")
    project.write(MIXED)
    assert project.run() == "42 b'HELLO\\n'\n"
    jobs = project.jobs()
    assert len(jobs) == 2
    [double] = [job for job in jobs if "redun.worker" in " ".join(job["container"]["command"])]
    assert double["jobName"].startswith(f"{project.prefix}-")
    needs = {need["type"]: need["value"] for need in double["container"]["resourceRequirements"]}
    assert needs == {"VCPU": "0.5", "MEMORY": "2048"}
    assert double["tags"]["redun_task_name"] == "mixed.double"
    tags = dict(record(project, "select key, value from tag where key like 'aws_%'"))
    assert set(tags) == {"aws_batch_job", "aws_log_stream"}
    assert json.loads(tags["aws_batch_job"]) in {job["jobId"] for job in jobs}
    assert ("doubling 21\n",) in record(project, "select text from output")
    # A second run needs no job.
    assert project.run() == "42 b'HELLO\\n'\n"
    assert len(project.jobs()) == 2


FAILING = """
    import sys
    from redun.config import load_config
    from redun import Scheduler, catch, task

    redun_namespace = "failing"

    @task(executor="batch")
    def half(x):
        if x % 4 == 3:
            raise ValueError(f"{x} is odd")
        return x / 2

    @task()
    def recover(error):
        return str(error)

    @task()
    def main(n):
        return [catch(half(x), ValueError, recover) for x in range(n)]

    if __name__ == "__main__":
        print(Scheduler(load_config('.redun')).run(main(int(sys.argv[1]))))
"""


def expected(count: int) -> list[Any]:
    return [f"{x} is odd" if x % 4 == 3 else x / 2 for x in range(count)]


@pytest.mark.slow
def test_like_jobs_are_an_array_of_which_some_fail(project: Any) -> None:
    project.configure(job_name_prefix=project.prefix, max_array_size=8)
    project.write(FAILING)
    assert project.run("12") == f"{expected(12)}\n"
    sizes = sorted(job.get("arrayProperties", {}).get("size", 1) for job in project.jobs())
    # What is left over is too few for an array of its own.
    assert sizes == [1, 1, 1, 1, 8]
    [array] = [job for job in project.jobs() if "arrayProperties" in job]
    assert array["jobName"].endswith("-array")
    assert array["status"] == "SUCCEEDED", "a task that fails is a job that did its work"


@pytest.mark.slow
def test_arrays_can_be_turned_off(project: Any) -> None:
    project.configure(job_name_prefix=project.prefix, min_array_size=0)
    project.write(FAILING)
    assert project.run("6") == f"{expected(6)}\n"
    assert len(project.jobs()) == 6
