"""A scheduler is killed while its jobs are in flight; the next one takes them over."""

from __future__ import annotations

import subprocess
from collections import Counter
from typing import Any

import pytest

WORKFLOW = """
    import sys
    import time
    from redun.config import load_config
    from redun import Scheduler, task

    redun_namespace = "resumed"

    @task(executor="batch", version="1")
    def one(x):
        time.sleep(0.2)
        return -x

    @task(executor="batch", version="1")
    def fail(x):
        raise ValueError("never again" if x else "once")

    @task()
    def main(n):
        return [one(x) for x in range(n)]

    if __name__ == "__main__":
        print(sum(Scheduler(load_config('.redun')).run(main(int(sys.argv[1])))))
"""


def kill_in_flight(project: Any, until: Any, count: int, arguments: tuple[str, ...]) -> None:
    """Start the workflow, and kill it when all its jobs are submitted."""
    process = project.start(*arguments)
    try:
        until(lambda: in_flight(project) >= count, 120)
    finally:
        process.kill()
        process.communicate()


def in_flight(project: Any) -> int:
    return sum(job.get("arrayProperties", {}).get("size", 1) for job in project.jobs())


@pytest.mark.slow
def test_single_jobs_are_taken_over(project: Any, until: Any) -> None:
    project.batch.set_slots(0)
    project.configure(job_name_prefix=project.prefix, min_array_size=0)
    project.write(WORKFLOW)
    kill_in_flight(project, until, 6, ("6",))
    project.batch.set_slots(2)
    assert project.run("6") == "-15\n"
    assert len(project.jobs()) == 6


@pytest.mark.slow
def test_arrays_are_taken_over_and_what_is_new_is_submitted(project: Any, until: Any) -> None:
    project.batch.set_slots(0)
    project.write(WORKFLOW)
    kill_in_flight(project, until, 6, ("6",))
    project.batch.set_slots(2)
    assert project.run("8") == "-28\n"
    sizes = Counter(job.get("arrayProperties", {}).get("size", 1) for job in project.jobs())
    assert sizes == {6: 1, 1: 2}


@pytest.mark.slow
def test_what_finished_meanwhile_is_collected(project: Any, until: Any) -> None:
    project.batch.set_slots(0)
    project.write(WORKFLOW)
    kill_in_flight(project, until, 6, ("6",))
    project.batch.set_slots(2)
    until(lambda: [job["status"] for job in project.jobs()] == ["SUCCEEDED"])
    assert project.run("6") == "-15\n"
    assert len(project.jobs()) == 1


@pytest.mark.slow
def test_without_a_crash_nothing_old_is_collected(project: Any) -> None:
    project.configure(job_name_prefix=project.prefix, min_array_size=0)
    project.write(WORKFLOW)
    assert project.run("2") == "-1\n"
    (project.folder / ".redun" / "redun.db").unlink()
    assert project.run("2") == "-1\n"
    assert len(project.jobs()) == 4


@pytest.mark.slow
def test_an_error_of_an_earlier_scheduler_is_not_replayed(project: Any, until: Any) -> None:
    project.batch.set_slots(0)
    project.configure(job_name_prefix=project.prefix, min_array_size=0)
    project.write(WORKFLOW.replace("time.sleep(0.2)", "raise ValueError(x)"))
    kill_in_flight(project, until, 1, ("1",))
    project.batch.set_slots(2)
    until(lambda: [job["status"] for job in project.jobs()] == ["SUCCEEDED"])
    process = project.start("1")
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "ValueError" in complaints
    assert len(project.jobs()) == 2


@pytest.mark.slow
def test_two_schedulers_share_a_job(project: Any, until: Any) -> None:
    project.batch.set_slots(0)
    project.configure(job_name_prefix=project.prefix, min_array_size=0)
    project.write(WORKFLOW)
    processes: list[subprocess.Popen[str]] = []
    try:
        processes.append(project.start("1"))
        until(lambda: project.jobs())
        before = project.calls("DescribeJobs")
        processes.append(project.start("1"))
        until(lambda: project.calls("DescribeJobs") > before + 8)
        project.batch.set_slots(2)
        printed = [process.communicate(timeout=60)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert printed == ["0\n", "0\n"]
    assert len(project.jobs()) == 1


@pytest.mark.slow
def test_two_hundred_jobs_in_flight_are_neither_lost_nor_submitted_twice(project: Any, until: Any) -> None:
    project.batch.set_slots(0)
    project.configure(job_name_prefix=project.prefix, min_array_size=101, max_array_size=101)
    project.write(WORKFLOW.replace("time.sleep(0.2)", "pass"))
    kill_in_flight(project, until, 200, ("200",))
    assert Counter(job.get("arrayProperties", {}).get("size", 1) for job in project.jobs()) == {101: 1, 1: 99}
    project.batch.set_slots(2)
    assert project.run("200", timeout_s=600) == f"{-sum(range(200))}\n"
    assert in_flight(project) == 200
