"""Jobs of the local Batch really run, and it tells of them as AWS does."""

from __future__ import annotations

import urllib.error

import pytest


def code(job):
    return job["container"].get("exitCode")


def logged(client, job):
    return client.log(job["container"]["logStreamName"])


def test_a_job_runs_in_the_environment_of_its_image(client, worker):
    job = client.wait(
        client.submit("any", "python3", "-c", "import redun, sys; print(sys.prefix); sys.exit(3)")
    )
    assert (job["status"], code(job), job["statusReason"]) == (
        "FAILED",
        3,
        "Essential container in task exited",
    )
    assert logged(client, job) == [str(worker)]


def test_an_image_holds_only_what_was_asked_for(client):
    job = client.wait(client.submit("any", "python3", "-c", "import click"))
    assert "No module named 'click'" in logged(client, job)[-1]


def test_children_of_an_array_know_their_index(client):
    parent = client.submit("any", "sh", "-c", "exit $AWS_BATCH_JOB_ARRAY_INDEX", arrayProperties={"size": 3})
    told = client.wait(parent)
    assert told["status"] == "FAILED"
    assert (
        told["arrayProperties"]["statusSummary"] | {"FAILED": 2, "SUCCEEDED": 1}
        == told["arrayProperties"]["statusSummary"]
    )
    assert [code(client.job(f"{parent}:{index}")) for index in range(3)] == [0, 1, 2]
    listed = client.batch("listjobs", arrayJobId=parent, jobStatus="FAILED", maxResults=1)
    assert [entry["arrayProperties"]["index"] for entry in listed["jobSummaryList"]] == [1]
    assert client.batch("listjobs", arrayJobId=parent, jobStatus="FAILED", nextToken=listed["nextToken"])[
        "jobSummaryList"
    ][0]["jobId"].endswith(":2")


def test_attempts_follow_the_retry_strategy(client):
    rules = [{"onExitCode": "7", "action": "EXIT"}, {"onStatusReason": "*", "action": "RETRY"}]
    strategy = {"attempts": 3, "evaluateOnExit": rules}
    assert len(client.wait(client.submit("any", "false", retryStrategy=strategy))["attempts"]) == 3
    assert (
        len(client.wait(client.submit("any", "sh", "-c", "exit 7", retryStrategy=strategy))["attempts"]) == 1
    )


def test_jobs_are_stopped_by_hand_and_by_timeouts(client):
    started = client.submit("any", "sh", "-c", "echo begun; exec sleep 60")
    client.wait(started, "RUNNING")
    client.batch("terminatejob", jobId=started, reason="no longer wanted")
    late = client.submit("any", "sleep", "60", timeout={"attemptDurationSeconds": 1})
    assert (client.wait(started)["statusReason"], code(client.job(started))) == ("no longer wanted", 143)
    assert client.wait(late)["statusReason"] == "Job attempt duration exceeded timeout"


def test_a_job_waits_for_what_it_depends_on(client):
    good, bad = client.submit("any", "sleep", "0.1"), client.submit("any", "false")
    after_good = client.submit("any", "true", dependsOn=[{"jobId": good}])
    after_bad = client.submit("any", "true", dependsOn=[{"jobId": bad}])
    assert client.wait(after_good)["startedAt"] >= client.job(good)["stoppedAt"]
    assert client.wait(after_bad)["statusReason"] == "Dependent Job failed"


def test_jobs_beyond_the_slots_wait(batch, client):
    batch.set_slots(1)
    try:
        first, second = (client.submit("any", "sleep", "60") for _ in range(2))
        client.wait(first, "RUNNING")
        assert client.job(second)["status"] == "RUNNABLE"
        client.batch("canceljob", jobId=second, reason="tired of waiting")
        client.batch("terminatejob", jobId=first, reason="enough")
        assert client.wait(second)["statusReason"] == "tired of waiting"
        assert "exitCode" not in client.job(second)["container"]
        client.wait(first)
    finally:
        batch.set_slots(2)


def test_a_host_is_taken_away_and_memory_is_used_up(batch, client):
    batch.interrupt("on-spot", after=0.1)
    preempted = client.wait(
        client.submit("any", "sleep", "60", name="on-spot", retryStrategy={"attempts": 1})
    )
    batch.exhaust_memory("greedy")
    greedy = client.wait(client.submit("any", "sleep", "60", name="greedy"))
    running = client.submit(
        "any", "sh", "-c", "[ $AWS_BATCH_JOB_ATTEMPT = 2 ] || sleep 60", retryStrategy={"attempts": 2}
    )
    client.wait(running, "RUNNING")
    batch.interrupt(running)
    assert preempted["statusReason"].startswith("Host EC2 (instance i-")
    assert preempted["statusReason"].endswith(") terminated.")
    assert code(preempted) is None
    assert (code(greedy), greedy["container"]["reason"]) == (
        137,
        "OutOfMemoryError: Container killed due to memory usage",
    )
    again = client.wait(running)
    assert again["status"] == "SUCCEEDED"
    assert again["attempts"][0]["statusReason"].startswith("Host EC2")


def test_calls_are_counted_and_refused(batch, client):
    batch.clear()
    batch.throttle("batch:Describe*", times=1)
    with pytest.raises(urllib.error.HTTPError) as refused:
        client.batch("describejobs", jobs=["none"])
    assert refused.value.code == 429
    assert refused.value.headers["x-amzn-ErrorType"] == "TooManyRequestsException"
    assert client.batch("describejobs", jobs=["none"]) == {"jobs": []}
    with pytest.raises(urllib.error.HTTPError) as too_many:
        client.batch("describejobs", jobs=["none"] * 101)
    assert "at most 100" in too_many.value.read().decode()
    assert batch.calls() == {"batch:DescribeJobs": 3}


def test_an_unknown_image_or_program_is_told(client):
    client.define("unknown", "nowhere:1", ["true"])
    assert (
        client.wait(client.submit("unknown"))["statusReason"]
        == "CannotPullContainerError: nowhere:1 does not exist"
    )
    job = client.wait(client.submit("any", "no-such-program"))
    assert code(job) == 127
    assert "no-such-program" in job["container"]["reason"]


def test_a_job_of_several_nodes_ends_with_its_main_node(client):
    say = "echo node $AWS_BATCH_JOB_NODE_INDEX of $AWS_BATCH_JOB_NUM_NODES $ROLE; "
    needs = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "64"}]
    container = {
        "image": "worker:1",
        "command": ["sh", "-c", say + "sleep 60"],
        "resourceRequirements": needs,
    }
    client.batch(
        "registerjobdefinition",
        jobDefinitionName="several",
        type="multinode",
        nodeProperties={
            "numNodes": 2,
            "mainNode": 0,
            "nodeRangeProperties": [{"targetNodes": "0:", "container": container}],
        },
    )
    main = {
        "command": ["sh", "-c", say + "sleep 0.2; exit 4"],
        "environment": [{"name": "ROLE", "value": "main"}],
    }
    overrides = {"numNodes": 3, "nodePropertyOverrides": [{"targetNodes": "0", "containerOverrides": main}]}
    job = client.wait(client.submit("several", nodeOverrides=overrides))
    assert (job["status"], job["attempts"][0]["container"]["exitCode"]) == ("FAILED", 4)
    assert sorted(logged(client, job)) == ["node 0 of 3 main", "node 1 of 3", "node 2 of 3"]
