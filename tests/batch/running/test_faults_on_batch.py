"""Jobs that end badly, and a Batch that answers badly."""

from __future__ import annotations

import subprocess
from typing import Any

import boto3
import pytest

FATES = """
    import os
    import sys
    import time
    from redun.config import load_config
    from redun import Scheduler, catch, task

    redun_namespace = "fates"

    @task(executor="batch")
    def run_forever(x):
        time.sleep(600)

    @task(executor="batch")
    def vanish(code):
        print("about to vanish", flush=True)
        # The whole job, and nobody writes a result.
        os.kill(os.getppid(), code)
        time.sleep(600)

    @task()
    def recover(error):
        return f"{type(error).__name__}: {error}"

    @task()
    def main(kind):
        if kind == "vanish":
            call = vanish(9)
        elif kind == "timeout":
            call = run_forever.options(timeout=1.5)(kind)
        else:
            call = run_forever(kind)
        return catch(call, Exception, recover)

    if __name__ == "__main__":
        print(Scheduler(load_config('.redun')).run(main(sys.argv[1])))
"""


@pytest.mark.slow
def test_a_job_that_vanishes_is_told_with_the_end_of_its_log(project: Any) -> None:
    project.write(FATES)
    printed = project.run("vanish")
    assert printed.startswith("JobMemoryError: Task fates.vanish: the Batch job ")
    assert "exit code 137" in printed
    assert "The end of its log:" in printed
    assert "about to vanish" in printed


def test_a_job_out_of_memory(project: Any) -> None:
    project.write(FATES)
    project.batch.exhaust_memory(f"{project.prefix}-*", after=1)
    printed = project.run("memory")
    assert printed.startswith("JobMemoryError: Task fates.run_forever: the Batch job ")
    assert "give the task a larger `memory`" in printed
    assert "OutOfMemory" in printed


def test_a_job_whose_machine_is_taken_away(project: Any) -> None:
    project.write(FATES)
    project.batch.interrupt(f"{project.prefix}-*", after=1)
    printed = project.run("spot")
    assert printed.startswith("JobLostError: ")
    assert "lost its machine, which was reclaimed (Host EC2" in printed


def test_a_job_that_somebody_terminates(project: Any, until: Any) -> None:
    project.write(FATES)
    process = project.start("killed")
    try:
        [job] = until(lambda: [job for job in project.jobs() if job["status"] == "RUNNING"])
        client = boto3.client("batch", **project.batch.arguments())
        client.terminate_job(jobId=job["jobId"], reason="not needed any more")
        printed, complaints = process.communicate(timeout=60)
    finally:
        process.kill()
    assert printed.startswith("JobCancelledError: "), printed + complaints
    assert "not needed any more" in printed


def test_a_timeout_ends_the_job(project: Any, until: Any) -> None:
    project.write(FATES)
    assert "longer than its timeout of 1.5 s" in project.run("timeout")
    [job] = until(lambda: [job for job in project.jobs() if job["status"] == "FAILED"])
    assert "its time is up" in job["statusReason"]


def test_only_what_may_pass_is_tried_again(project: Any) -> None:
    project.write(
        """
        from redun.config import load_config
        from redun import File, Scheduler, task

        redun_namespace = "retried"

        @task(executor="batch", retries=2, retry_on="preempted", retry_delay=0.1)
        def patient(x):
            import time
            time.sleep(2)
            return x + 1

        if __name__ == "__main__":
            print(Scheduler(load_config('.redun')).run(patient(1)))
        """
    )
    project.batch.interrupt(f"{project.prefix}-*", after=0.2, times=1)
    assert project.run() == "2\n"
    assert sorted(job["status"] for job in project.jobs()) == ["FAILED", "SUCCEEDED"]


def test_an_image_that_is_not_there(project: Any) -> None:
    project.configure(job_name_prefix=project.prefix, image="nowhere:1")
    project.write(FATES)
    printed = project.run("vanish")
    assert printed.startswith("JobLostError: ")
    assert "CannotPullContainerError" in printed


def test_a_queue_that_is_not_there(project: Any) -> None:
    project.configure(job_name_prefix=project.prefix, queue="nowhere")
    project.write(FATES)
    printed = project.run("vanish")
    assert printed.startswith("ExecutorError: AWS Batch: ")
    assert "'nowhere'" in printed


@pytest.mark.slow
def test_throttling_is_waited_out(project: Any) -> None:
    project.write(FATES.replace("os.kill(os.getppid(), code)", "return code"))
    project.batch.throttle("batch:SubmitJob", 2)
    project.batch.throttle("batch:DescribeJobs", 6)
    assert project.run("vanish") == "9\n"
    assert len(project.jobs()) == 1


def test_a_service_that_is_down_for_a_while_is_asked_once_more(project: Any) -> None:
    project.write(FATES.replace("os.kill(os.getppid(), code)", "return code"))
    project.batch.throttle("batch:SubmitJob", 1, code="ServerException", status=500)
    assert project.run("vanish") == "9\n"
    assert len(project.jobs()) == 1


def test_a_service_that_refuses_says_why(project: Any) -> None:
    project.write(FATES)
    project.batch.throttle("batch:SubmitJob", 1, code="AccessDeniedException", status=403)
    printed = project.run("vanish")
    assert printed.startswith("ExecutorError: AWS Batch: submitting to the queue 'queue': AWS denies it")


PLAIN = "Scheduler(load_config('.redun')).run(calls)"
CLOSED = """with Scheduler(load_config('.redun')) as scheduler:
                scheduler.run(calls)"""


@pytest.mark.parametrize("running", [PLAIN, CLOSED], ids=["plain", "closed"])
def test_jobs_that_wait_are_dropped_by_an_interrupt(project: Any, until: Any, running: str) -> None:
    project.batch.set_slots(1)
    project.configure(job_name_prefix=project.prefix, min_array_size=0)
    project.write(
        f"""
        import time
        from redun.config import load_config
        from redun import Scheduler, task

        redun_namespace = "interrupted"

        @task(executor="batch")
        def slow(x):
            time.sleep(6)
            return x

        if __name__ == "__main__":
            calls = [slow(x) for x in range(4)]
            {running}
        """
    )
    process = project.start()
    try:
        until(lambda: len(project.jobs()) == 4 and any(job["status"] == "RUNNING" for job in project.jobs()))
        # Asked again after a while: a script that does not wait for the answer has ended by then.
        project.batch.throttle("batch:DescribeJobs", 2)
        process.send_signal(2)
        process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    statuses = until(
        lambda: (
            found
            if {"SUCCEEDED", "FAILED"} >= set(found := sorted(job["status"] for job in project.jobs()))
            else None
        )
    )
    assert statuses == ["FAILED", "FAILED", "FAILED", "SUCCEEDED"]


def test_a_result_counts_whatever_batch_says_of_the_job(project: Any, until: Any) -> None:
    project.write(
        """
        import threading
        import time
        from redun.config import load_config
        from redun import Scheduler, task

        redun_namespace = "counted"

        @task(executor="batch")
        def linger(x):
            # The job stays a while after its result is written.
            threading.Thread(target=time.sleep, args=(60,)).start()
            return x + 1

        if __name__ == "__main__":
            print(Scheduler(load_config('.redun')).run(linger(1)))
        """
    )
    bucket, _, folder = project.scratch.removeprefix("s3://").partition("/")
    s3 = boto3.client("s3", **project.batch.arguments())

    def written() -> bool:
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{folder}/jobs/").get("Contents", ())
        return any(each["Key"].endswith("/result") for each in listed)

    process = project.start()
    try:
        until(written)
        project.batch.exhaust_memory(f"{project.prefix}-*")
        printed, complaints = process.communicate(timeout=60)
    finally:
        process.kill()
    [job] = project.jobs()
    assert job["status"] == "FAILED"
    assert printed == "2\n", complaints
