"""Job definitions on AWS Batch: made, reused, given."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import pytest
from redun.errors import ConfigError, ExecutorError
from redun_executor_batch import definitions
from redun_executor_batch.clients import Clients
from redun_executor_batch.job_definition import definition_name
from redun_executor_batch.options import JobOptions
from services.batch import LocalBatch


@pytest.fixture
def options() -> JobOptions:
    """Those of an image that no other test knows."""
    return JobOptions(image=f"registry.example.org/tools:{uuid.uuid4().hex[:8]}", queue="queue")


def ensure(clients: Clients, options: JobOptions) -> str:
    return definitions.ensure(clients, options, options.image)


def describe(clients: Clients, arn: str) -> Any:
    return clients.get("batch").describe_job_definitions(jobDefinitions=[arn])["jobDefinitions"][0]


def test_one_is_made_for_all_that_ask_at_once_and_reused(
    aws: LocalBatch, clients: Clients, options: JobOptions
) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: ensure(clients, options), range(16)))
    assert len(made) == 1
    assert aws.calls()["batch:RegisterJobDefinition"] == 1
    assert aws.calls()["batch:DescribeJobDefinitions"] == 1

    (arn,) = made
    assert arn.endswith(f"/{definition_name(options.image)}:1")
    definition = describe(clients, arn)
    assert definition["type"] == "container"
    assert definition["containerProperties"]["image"] == options.image
    assert definition["containerProperties"]["jobRoleArn"] == (
        "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"
    )

    # Another process finds it; what a submission overrides makes no difference.
    assert ensure(Clients(), attrs.evolve(options, memory=64.0, vcpus=8.0, gpus=1)) == arn
    assert aws.calls()["batch:RegisterJobDefinition"] == 1


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ({"privileged": True}, ["privileged"], True),
        ({"shared_memory": 2.5}, ["linuxParameters", "sharedMemorySize"], 2560),
        ({"role": "none"}, ["jobRoleArn"], None),
        ({"role": "NONE"}, ["jobRoleArn"], None),
        ({"role": "arn:aws:iam::1:role/mine"}, ["jobRoleArn"], "arn:aws:iam::1:role/mine"),
        ({"role": "mine"}, ["jobRoleArn"], "arn:aws:iam::123456789012:role/mine"),
    ],
)
def test_what_a_submission_cannot_override_makes_another_revision(
    clients: Clients, options: JobOptions, change: dict[str, Any], path: list[str], value: object
) -> None:
    first = ensure(clients, options)
    second = ensure(clients, attrs.evolve(options, **change))
    assert second != first
    found = describe(clients, second)["containerProperties"]
    for name in path:
        found = found.get(name) if found else None
    assert found == value
    # The newer revision is not in the way of the older one.
    assert ensure(Clients(), options) == first
    assert ensure(Clients(), attrs.evolve(options, **change)) == second


def test_further_properties_of_definition_and_container(
    aws: LocalBatch, clients: Clients, options: JobOptions
) -> None:
    extra = (
        '{"retryStrategy": {"attempts": 3}, "linuxParameters": {"initProcessEnabled": true},'
        ' "containerProperties": {"user": "nobody"}}'
    )
    given = attrs.evolve(options, shared_memory=1.0, job_def_extra=extra, job_def_name="further")
    arn = ensure(clients, given)
    definition = describe(clients, arn)
    assert definition["retryStrategy"]["attempts"] == 3
    container = definition["containerProperties"]
    assert container["linuxParameters"] == {"initProcessEnabled": True, "sharedMemorySize": 1024}
    assert (container["user"], container["image"]) == ("nobody", options.image)
    assert ensure(Clients(), given) == arn
    assert aws.calls()["batch:RegisterJobDefinition"] == 1


def test_a_property_that_none_has(clients: Clients, options: JobOptions) -> None:
    with pytest.raises(ConfigError, match=r"no property 'linuxParameter'.* Did you mean 'linuxParameters'\?"):
        ensure(clients, attrs.evolve(options, job_def_extra='{"linuxParameter": {}}'))
    with pytest.raises(
        ExecutorError, match=r"registering the job definition.*See the options of the executor"
    ):
        ensure(clients, attrs.evolve(options, job_def_extra='{"timeout": "soon"}'))


def test_several_nodes(clients: Clients, options: JobOptions) -> None:
    arn = ensure(clients, attrs.evolve(options, num_nodes=4))
    definition = describe(clients, arn)
    assert definition["type"] == "multinode"
    nodes = definition["nodeProperties"]
    assert (nodes["numNodes"], nodes["mainNode"]) == (4, 0)
    assert [each["targetNodes"] for each in nodes["nodeRangeProperties"]] == ["0:0", "1:"]
    for each in nodes["nodeRangeProperties"]:
        assert each["container"]["ulimits"] == [{"name": "nofile", "softLimit": 65535, "hardLimit": 65535}]
    # A submission says how many, so one definition is enough for any number but one.
    assert ensure(Clients(), attrs.evolve(options, num_nodes=7)) == arn
    assert ensure(Clients(), attrs.evolve(options, num_nodes=1)) != arn
    assert ensure(Clients(), options) != arn


def test_one_that_was_deregistered_is_made_again(clients: Clients, options: JobOptions) -> None:
    first = ensure(clients, options)
    clients.get("batch").deregister_job_definition(jobDefinition=first)
    assert ensure(clients, options) == first
    definitions.forget(clients, first)
    second = ensure(clients, options)
    assert second != first
    assert describe(clients, second)["status"] == "ACTIVE"


class TestGiven:
    """`autocreate_job_def = false`: `job_def_name` names one that somebody else made."""

    @pytest.fixture
    def given(self, options: JobOptions) -> JobOptions:
        return attrs.evolve(options, autocreate_job_def=False, job_def_name=f"given-{uuid.uuid4().hex[:8]}")

    def make(self, clients: Clients, options: JobOptions) -> str:
        made = clients.get("batch").register_job_definition(
            jobDefinitionName=options.job_def_name,
            type="container",
            containerProperties={"image": "theirs", "vcpus": 1, "memory": 128},
        )
        return str(made["jobDefinitionArn"])

    def test_the_newest_active_revision_or_exactly_one(
        self, aws: LocalBatch, clients: Clients, given: JobOptions
    ) -> None:
        first, second, third = (self.make(clients, given) for _ in range(3))
        clients.get("batch").deregister_job_definition(jobDefinition=third)
        assert ensure(clients, given) == second
        assert ensure(clients, attrs.evolve(given, job_def_name=f"{given.job_def_name}:1")) == first
        assert ensure(clients, attrs.evolve(given, job_def_name=first)) == first
        assert aws.calls()["batch:RegisterJobDefinition"] == 3

    def test_one_that_is_missing(self, clients: Clients, given: JobOptions) -> None:
        with pytest.raises(
            ExecutorError, match=r"no active job definition 'given-.*' in us-east-1.*autocreate_job_def"
        ):
            ensure(clients, given)
        with pytest.raises(ConfigError, match="job_def_name is missing"):
            ensure(clients, attrs.evolve(given, job_def_name=None))

    def test_who_may_not_look_at_definitions_may_still_submit(
        self, aws: LocalBatch, clients: Clients, given: JobOptions
    ) -> None:
        aws.throttle("batch:DescribeJobDefinitions", 1, "AccessDeniedException", 403)
        assert ensure(clients, given) == given.job_def_name

    def test_type_and_nodes_must_agree(self, clients: Clients, given: JobOptions) -> None:
        self.make(clients, given)
        with pytest.raises(
            ExecutorError, match="is of type container: num_nodes needs one of type multinode"
        ):
            ensure(clients, attrs.evolve(given, num_nodes=2))

    def test_a_revision_is_not_made_anew(self, clients: Clients, given: JobOptions) -> None:
        with pytest.raises(ConfigError, match=r"'theirs:3' is one revision.*autocreate_job_def = false"):
            ensure(clients, attrs.evolve(given, autocreate_job_def=True, job_def_name="theirs:3"))


def test_names_fit_and_differ() -> None:
    long = "registry.example.org/" + "very-" * 40 + "long"
    names = {definition_name(long), definition_name("another." + long), definition_name(long, multinode=True)}
    assert len(names) == 3
    assert all(len(name) <= 128 and name.endswith("-redun-jd") for name in names)
