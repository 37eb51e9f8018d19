"""What a run says, and does, when AWS or this machine refuses something."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from typing import Any

import pytest

TWICE = """
    import sys

    import boto3
    from redun import Scheduler, task
    from redun.config import load_config

    redun_namespace = "refusals"

    @task(executor="batch", version="1", cache=False)
    def double(x):
        return 2 * x

    if __name__ == "__main__":
        scheduler = Scheduler(load_config(".redun"))
        print(scheduler.run(double(1)))
        batch = boto3.client("batch")
        for found in batch.describe_job_definitions(jobDefinitionName=sys.argv[1])["jobDefinitions"]:
            batch.deregister_job_definition(jobDefinition=found["jobDefinitionArn"])
        print(scheduler.run(double(2)))
"""
ONCE = """
    from redun import Scheduler, task
    from redun.config import load_config

    redun_namespace = "refusals"

    @task(executor="batch", version="1")
    def double(x):
        return 2 * x

    if __name__ == "__main__":
        print(Scheduler(load_config(".redun")).run(double(1)))
"""


def failure(project: Any) -> str:
    """Run the workflow, which must fail, and return what it said."""
    process: subprocess.Popen[str] = project.start()
    printed, said = process.communicate(timeout=60)
    assert process.returncode == 1, printed + said
    return said


def test_a_definition_that_is_deregistered_meanwhile_is_made_again(project: Any) -> None:
    project.configure(job_name_prefix=project.prefix, job_def_name=f"{project.prefix}-jd")
    project.write(TWICE)
    assert project.run(f"{project.prefix}-jd") == "2\n4\n"
    first, second = project.jobs()
    assert first["jobDefinition"] != second["jobDefinition"]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ("batch:SubmitJob", r"submitting to the queue 'queue': AWS denies it.*allows the action SubmitJob"),
        ("batch:RegisterJobDefinition", "registering the job definition .*action RegisterJobDefinition"),
        ("batch:ListJobs", "looking for earlier jobs of the queue 'queue': .*action ListJobs"),
    ],
)
def test_what_may_not_be_done(project: Any, operation: str, message: str) -> None:
    project.configure(job_name_prefix=project.prefix, job_def_name=f"{project.prefix}-jd")
    project.write(ONCE)
    project.batch.throttle(operation, 20, "AccessDeniedException", 403)
    said = failure(project)
    assert re.search(message, said), said
    project.batch.clear()
    assert project.jobs() == []


def test_a_queue_that_does_not_exist(project: Any) -> None:
    project.configure(job_name_prefix=project.prefix, queue="nowhere")
    project.write(ONCE)
    assert "of the queue 'nowhere': " in failure(project)


@pytest.mark.slow
def test_jobs_may_be_run_without_asking_about_them_at_once(project: Any) -> None:
    project.write(ONCE)
    project.batch.throttle("batch:DescribeJobs", 6)
    assert project.run() == "2\n"


@pytest.mark.skipif(
    importlib.util.find_spec("redun_executor_docker") is not None, reason="redun-executor-docker is installed"
)
def test_debug_mode_says_what_it_takes(project: Any) -> None:
    project.configure(job_name_prefix=project.prefix, debug="True")
    project.write(ONCE)
    assert (
        "With debug = True the jobs of 'batch' run in containers on this machine, which takes redun-executor-docker: "
        "pip install redun-executor-docker."
    ) in failure(project)
    assert project.jobs() == []
