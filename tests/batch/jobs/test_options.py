"""Options of the section and of tasks, as redun 0.44 knows them, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from redun.config import Config
from redun.errors import ConfigError
from redun_executor_batch.executor import BatchExecutor
from redun_executor_batch.options import JobOptions
from redun_executor_batch.settings import array_rule
from redun_executor_batch.submission import submit_request

NEEDED = {"image": "tools:1", "queue": "spot", "s3_scratch": "s3://bucket/redun"}


def read(section: dict[str, Any] | None = None, **task: Any) -> JobOptions:
    return JobOptions.read("batch", {**NEEDED, **(section or {})}, task)


def test_defaults_are_those_of_redun_044() -> None:
    options = read()
    assert (options.vcpus, options.gpus, options.memory, options.shared_memory) == (1.0, 0, 4.0, None)
    assert (options.attempts, options.timeout, options.job_name_prefix) == (1, None, "redun-job")
    assert (options.autocreate_job_def, options.job_def_name, options.privileged) == (True, None, False)
    assert (options.default_batch_tags, options.num_nodes, options.share_id) == (True, None, None)
    rule = array_rule("batch", NEEDED, {})
    assert (rule.smallest, rule.largest, rule.stale_s) == (5, 1000, 3.0)


def test_the_task_says_more_than_the_section() -> None:
    section = {"memory": "8", "vcpus": "2", "retries": "3", "queue": "slow", "autocreate_job": "false"}
    options = read(section, memory=16, image="tools:2", vcpus=None, retries=7)
    assert (options.memory, options.vcpus, options.image, options.queue) == (16.0, 2.0, "tools:2", "slow")
    # A task's own retries are the scheduler's, which looks at the cause.
    assert options.attempts == 3
    assert options.autocreate_job_def is False


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("memory", "much", "memory must be a positive number, not 'much'"),
        ("vcpus", 0, "vcpus must be a positive number, not 0"),
        ("gpus", -1, "gpus must be a whole number from 0 on, not -1"),
        ("num_nodes", 0, "num_nodes must be a whole number from 1 on, not 0"),
        ("timeout", "soon", "timeout must be a positive number"),
        ("privileged", "perhaps", "privileged must be true or false, not 'perhaps'"),
        ("batch_tags", "[1]", "batch_tags must be a JSON object"),
        ("job_def_extra", "{", "job_def_extra must be a JSON object"),
        ("job_name_prefix", "a b", "job_name_prefix must be made of at most 80 letters"),
    ],
)
def test_what_is_wrong_is_named(option: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(**{option: value})
    assert message in str(caught.value)
    assert "'batch'" in str(caught.value)


def test_what_is_wrong_in_the_configuration_is_named_with_its_place() -> None:
    config = Config({"executors.batch": {**NEEDED, "type": "aws_batch", "memory": "much"}})
    with pytest.raises(
        ConfigError, match=r"\[executors.batch\], option 'memory': it must be a positive number, not 'much'"
    ):
        JobOptions.read("batch", config.section("executors.batch"), {})


@pytest.mark.parametrize("option", ["image", "queue"])
def test_what_is_missing_is_named(option: str) -> None:
    section = {key: value for key, value in NEEDED.items() if key != option}
    with pytest.raises(
        ConfigError, match=rf"The option '{option}' is missing: set it in \[executors.batch\]"
    ):
        JobOptions.read("batch", section, {})


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"s3_scratch": ""}, "The option 's3_scratch' is missing"),
        ({"s3_scratch": "/tmp/scratch"}, "s3_scratch must be a URL like s3://bucket/redun"),
        ({"job_monitor_interval": "often"}, "job_monitor_interval must be a positive number"),
        ({"max_array_size": "20000"}, "max_array_size must be from 2 to 10000"),
        ({"min_array_size": "-1"}, "min_array_size must be a number from 0 on"),
    ],
)
def test_the_section_is_checked_when_the_executor_is_made(more: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        BatchExecutor("batch", {**NEEDED, **more})
    assert message in str(caught.value)


def test_a_request_says_all_that_was_asked_for() -> None:
    options = read(
        {"retries": "3"},
        vcpus=0.5,
        memory=1.5,
        gpus=2,
        timeout=90.5,
        share_id="lab",
        scheduling_priority_override=7,
    )
    request = submit_request("n", "d:1", options, ["run", "it"], {"A": "1"}, {"team": "x"}, array_size=20)
    assert request == {
        "jobName": "n",
        "jobQueue": "spot",
        "jobDefinition": "d:1",
        "retryStrategy": {"attempts": 3},
        "containerOverrides": {
            "command": ["run", "it"],
            "environment": [{"name": "A", "value": "1"}],
            "resourceRequirements": [
                {"type": "VCPU", "value": "0.5"},
                {"type": "MEMORY", "value": "1536"},
                {"type": "GPU", "value": "2"},
            ],
        },
        "tags": {"team": "x"},
        "propagateTags": True,
        "timeout": {"attemptDurationSeconds": 91},
        "shareIdentifier": "lab",
        "schedulingPriorityOverride": 7,
        "arrayProperties": {"size": 20},
    }


def test_batch_takes_no_timeout_of_less_than_a_minute() -> None:
    assert submit_request("n", "d", read(timeout=5), [], {}, {})["timeout"] == {"attemptDurationSeconds": 60}


def test_on_several_nodes_the_main_one_alone_writes_the_result() -> None:
    request = submit_request("n", "d", read(num_nodes=3), ["work"], {"A": "1"}, {})
    nodes = request["nodeOverrides"]
    assert nodes["numNodes"] == 3
    main, others = nodes["nodePropertyOverrides"]
    assert (main["targetNodes"], others["targetNodes"]) == ("0:0", "1:")
    assert main["containerOverrides"]["environment"] == [{"name": "A", "value": "1"}]
    assert others["containerOverrides"]["environment"] == [
        {"name": "A", "value": "1"},
        {"name": "REDUN_WITHOUT_RESULT", "value": "1"},
    ]
    assert main["containerOverrides"]["command"] == others["containerOverrides"]["command"] == ["work"]
    assert "containerOverrides" not in request
    alone = submit_request("n", "d", read(num_nodes=1), ["work"], {}, {})
    assert len(alone["nodeOverrides"]["nodePropertyOverrides"]) == 1
