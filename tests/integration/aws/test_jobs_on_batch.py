"""`redun aws list-jobs`, `kill-jobs` and `logs`."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time
from io import BytesIO

import pytest
import warm
from redun.executors.remote.array import write_array
from redun.executors.remote.specification import CallSpecification

from .conftest import REDUN, Project

WORKFLOW = """
from redun import task

redun_namespace = "wf"


@task(version="1", executor="batch")
def double(x: int) -> int:
    print("doubling", x)
    return 2 * x


@task(version="1")
def main() -> list[int]:
    return [double(x) for x in range(3)]
"""
EXECUTION = "3f9a2b1c" * 4
OTHER = "aaaabbbb" * 4
HASH = "0123456789" * 4


def test_list_jobs(project: Project) -> None:
    done = project.submit("echo", "hello", redun_job=f"{EXECUTION}.3", wait=True)
    running = project.submit("sleep", "60", redun_job=f"{OTHER}.1")
    array = project.submit("sleep", "60", redun_job=EXECUTION, size=3)
    # Somebody else's job in the same queue.
    project.client("batch").submit_job(jobName="theirs", jobQueue="queue", jobDefinition="here")

    listed = [json.loads(line) for line in project.redun("aws", "list-jobs").stdout.splitlines()]
    assert {job["jobId"] for job in listed} == {running, array}
    assert {job["executor"] for job in listed} == {"batch"}
    assert {job["tags"]["redun_task_name"] for job in listed} == {"demo.count"}

    listed = [json.loads(line) for line in project.redun("aws", "list-jobs", "-s", "all").stdout.splitlines()]
    assert {job["jobId"] for job in listed} == {done, running, array}
    (only,) = project.redun("aws", "list-jobs", "-s", "succeeded,FAILED").stdout.splitlines()
    assert json.loads(only)["jobId"] == done

    head, *rows = project.redun(
        "aws", "list-jobs", "--format", "table", "-x", EXECUTION[:10], "-s", "all"
    ).stdout.splitlines()
    assert head.split("  ")[0] == "STATUS"
    assert {tuple(row.split()[:4]) for row in rows} == {
        ("SUCCEEDED", done, "3f9a2b1c.3", "demo.count"),
        ("PENDING", array, "3f9a2b1c", "demo.count"),
    }
    assert "demo.count [3]" in "\n".join(rows)

    project.redun("aws", "kill-jobs", "--yes")


def test_kill_jobs_kills(project: Project) -> None:
    running = project.submit("sleep", "60", redun_job=f"{EXECUTION}.3")
    array = project.submit("sleep", "60", redun_job=OTHER, size=2)

    refused = project.redun("aws", "kill-jobs", code=2)
    assert running in refused.stdout
    assert "Kill 2 jobs? There is no terminal to ask at; say --yes." in refused.stderr
    assert array in project.redun("aws", "kill-jobs", "--dry-run").stdout
    assert project.redun("aws", "kill-jobs", "--older-than", "1h", "-y").stdout == "No jobs to kill.\n"

    assert "Killed 1 job.\n" in project.redun("aws", "kill-jobs", "-y", "-x", "3f9a2b1c").stdout
    assert wait_for_end(project, running)["statusReason"] == "Killed by `redun aws kill-jobs`"
    assert project.describe(array)["status"] == "PENDING"

    assert "Killed 1 job.\n" in project.redun("aws", "kill-jobs", "-y", "-s", "pending").stdout
    assert wait_for_end(project, array)["status"] == "FAILED"
    assert project.redun("aws", "kill-jobs", "-y").stdout == "No jobs to kill.\n"


def test_kill_jobs_asks_at_a_terminal(project: Project) -> None:
    running = project.submit("sleep", "60", redun_job=f"{EXECUTION}.3")
    for answer, code in ((b"n\n", 130), (b"y\n", 0)):
        ours, theirs = pty.openpty()
        environment = os.environ | project.server.environment()
        process = warm.Popen(
            [REDUN, "aws", "kill-jobs"],
            cwd=project.folder,
            env=environment,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.write(ours, answer)
        out, err = process.communicate(timeout=60)
        os.close(ours)
        os.close(theirs)
        assert process.returncode == code, out + err
        assert "Kill 1 job? [y/N]" in out
    assert wait_for_end(project, running)["status"] == "FAILED"


def test_kill_jobs_goes_on_after_one_that_it_may_not_end(project: Project) -> None:
    for _ in range(2):
        project.submit("sleep", "60", redun_job=f"{EXECUTION}.3")
    project.server.throttle("batch:TerminateJob", 1, "AccessDeniedException", 403)
    done = project.redun("aws", "kill-jobs", "-y", code=1)
    assert "Killed 1 job." in done.stdout
    assert "a policy that allows the action TerminateJob" in done.stderr
    project.redun("aws", "kill-jobs", "-y")


def test_logs(project: Project) -> None:
    said = project.submit(
        "sh", "-c", "echo one; echo two >&2; echo three", redun_job=f"{EXECUTION}.3", wait=True
    )
    failed = project.submit("sh", "-c", "echo four; exit 3", wait=True, retryStrategy={"attempts": 2})
    array = project.submit(
        "sh", "-c", "echo index $AWS_BATCH_JOB_ARRAY_INDEX", redun_job=OTHER, size=2, wait=True
    )

    text = project.redun("aws", "logs", "-b", said).stdout
    head, stream, *lines = text.splitlines()
    assert head == f"# Batch job {said}, SUCCEEDED, task demo.count, redun job {EXECUTION}.3"
    assert [line.partition("  ")[2] for line in lines] == ["one", "two", "three"]

    name = stream.removeprefix("# log stream ")
    assert project.redun("aws", "logs", "-l", name).stdout.splitlines() == [stream, *lines]
    assert project.redun("aws", "logs", "-j", "3f9a2b1c.3").stdout == text
    assert (
        project.redun("aws", "logs", "-j", f"{EXECUTION}.3", "-n", "1").stdout.splitlines()[2:] == lines[-1:]
    )

    attempts = project.redun("aws", "logs", "-b", failed).stdout
    assert attempts.count("  four") == 2
    assert "FAILED, task demo.count, attempt 1\n" in attempts
    assert "FAILED, task demo.count, attempt 2\n" in attempts

    children = project.redun("aws", "logs", "-b", array).stdout
    assert f"# Batch job {array}:1, SUCCEEDED, task demo.count\n" in children
    assert "  index 0\n" in children
    assert "  index 1\n" in project.redun("aws", "logs", "-b", f"{array}:1").stdout

    everything = project.redun("aws", "logs", "--all").stdout
    assert sorted(line.partition("  ")[2] for line in everything.splitlines() if line[0] != "#") == sorted(
        ["one", "two", "three", "four", "four", "index 0", "index 1"]
    )
    assert "one" not in project.redun("aws", "logs", "-a", "-s", "FAILED").stdout


def test_logs_of_a_run_by_what_the_record_knows(project: Project) -> None:
    project.configure(
        "role = none", "job_monitor_interval = 0.2", "job_stale_time = 0.3", "min_array_size = 2"
    )
    (project.folder / "workflow.py").write_text(WORKFLOW)
    assert "[0, 2, 4]" in project.redun("run", "workflow.py", "main").stdout
    (array,) = (
        json.loads(line) for line in project.redun("aws", "list-jobs", "-s", "all").stdout.splitlines()
    )
    assert array["arrayProperties"]["size"] == 3
    said = [project.redun("aws", "logs", "-j", f"-.{number}").stdout for number in (2, 3, 4)]
    for number, text in enumerate(said):
        head = f"# Batch job {array['jobId']}:{number}, SUCCEEDED, task wf.double, redun job "
        assert text.startswith(f"{head}{array['tags']['redun_execution_id']}.{number + 2}\n")
        assert text.endswith(f"  doubling {number}\n")
    failed = project.redun("aws", "logs", "-j", "-.1", code=1)
    assert "did it run on this executor at all?" in failed.stderr
    # What a run leaves in the scratch folder is known to the command that cleans up there.
    project.server.age_objects(project.bucket, "redun/", 31 * 86400)
    assert project.redun("aws", "clean", "--yes").stdout.endswith("Removed.\n")
    assert "Contents" not in project.client("s3").list_objects_v2(Bucket=project.bucket)


def test_logs_follows_a_job_to_its_end(project: Project) -> None:
    job = project.submit("sh", "-c", "echo begun; sleep 3; echo ended", redun_job=f"{EXECUTION}.5")
    text = project.redun("aws", "logs", "-b", job, "--follow", PYTHONUNBUFFERED="").stdout
    assert [line.partition("  ")[2] for line in text.splitlines() if line[0] not in "#("] == [
        "begun",
        "ended",
    ]
    assert project.describe(job)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["logs"], 2, "Say whose: -j ID, -b ID, -l STREAM or --all."),
        (
            ["logs", "-b", "nope"],
            1,
            "AWS Batch knows no job 'nope' in us-east-1: it forgets a job a week after",
        ),
        (["logs", "-j", "ffffffff.9"], 1, "No job on AWS Batch is that of the redun job 'ffffffff.9'."),
        (
            ["logs", "-l", "no/such"],
            1,
            "The log group '/aws/batch/job' holds nothing of the stream 'no/such'.",
        ),
        (["list-jobs", "-s", "DONE"], 2, "'DONE' is none of SUBMITTED, PENDING"),
        (
            ["list-jobs", "--executor", "bath"],
            1,
            "no executor for AWS Batch is called 'bath'; the configuration has batch",
        ),
        (
            ["list-jobs", "--queue", "nowhere"],
            1,
            "listing the jobs of the queue 'nowhere': Job queue nowhere does not",
        ),
        (["kill-jobs", "--older-than", "soon"], 2, "'soon' is no duration; write it like 12h, 30d or 4w"),
    ],
)
def test_what_cannot_be_is_said(project: Project, words: list[str], code: int, message: str) -> None:
    assert message in project.redun("aws", *words, code=code).stderr


def test_a_job_of_an_array_in_flight_is_found_by_its_specification(project: Project) -> None:
    with BytesIO() as stream:
        calls = [CallSpecification("", HASH, f"{OTHER}.{number}").to_json() for number in (7, 8)]
        write_array(stream, b"{}", [[call, b"arguments"] for call in calls])
        project.client("s3").put_object(
            Bucket=project.bucket, Key="redun/array_jobs/mine/jobs", Body=stream.getvalue()
        )
    script = "echo index $AWS_BATCH_JOB_ARRAY_INDEX"
    url = f"s3://{project.bucket}/redun/array_jobs/mine"
    array = project.submit("sh", "-c", script, url, redun_job=OTHER, size=2, wait=True)
    text = project.redun("aws", "logs", "-j", f"{OTHER}.8").stdout
    assert text.startswith(f"# Batch job {array}:1, SUCCEEDED")
    assert text.endswith("  index 1\n")


def test_a_job_of_an_array_is_hinted_at(project: Project) -> None:
    array = project.submit("true", redun_job=OTHER, size=2, wait=True)
    failed = project.redun("aws", "logs", "-j", f"{OTHER}.7", code=1)
    assert f"It may be one of the jobs of an array; `redun aws logs -b {array}` shows" in failed.stderr


def test_without_an_executor_for_batch(project: Project) -> None:
    (project.folder / ".redun" / "redun.ini").write_text("[executors.default]\ntype = local\n")
    failed = project.redun("aws", "list-jobs", code=1)
    assert "the configuration has no executor for AWS Batch: a section [executors.NAME]" in failed.stderr


def test_aws_that_denies_or_cannot_be_reached(project: Project) -> None:
    project.server.throttle("batch:ListJobs", 1, "AccessDeniedException", 403)
    assert "policy that allows the action ListJobs" in project.redun("aws", "list-jobs", code=1).stderr
    failed = project.redun(
        "aws", "list-jobs", code=1, AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1"
    )
    assert "Could not connect to the endpoint URL" in failed.stderr
    failed = project.redun("aws", "list-jobs", code=1, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert "Give AWS_PROFILE, or AWS_ACCESS_KEY_ID" in failed.stderr


def wait_for_end(project: Project, job: str) -> dict[str, str]:
    """Return the description of a job that ends."""
    for _ in range(200):
        found: dict[str, str] = project.describe(job)
        if found["status"] in ("SUCCEEDED", "FAILED"):
            return found
        time.sleep(0.05)
    raise AssertionError(f"{job} goes on and on")
