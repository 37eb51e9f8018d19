"""Tags of jobs on AWS Batch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from redun import task
from redun.errors import ConfigError
from redun_executor_batch.clients import Clients
from redun_executor_batch.options import JobOptions
from redun_executor_batch.tags import batch_tags
from services.batch import LocalBatch

EXECUTION = "3f9a2b1c" * 4


@task(namespace="tagged", version="1")
def count(reads: int) -> int:
    return reads


WORK: Any = SimpleNamespace(task=count, job_id=f"{EXECUTION}.17")


def options(**changes: Any) -> JobOptions:
    return JobOptions.read("batch", {"image": "i", "queue": "q"}, changes)


def test_tags_of_redun_and_those_asked_for(clients: Clients) -> None:
    tags = batch_tags(clients, options(batch_tags={"team": "genomics", "redun_project": "other"}), WORK)
    assert tags.pop("redun_aws_user")
    assert tags == {
        "redun_job_id": f"{EXECUTION}.17",
        "redun_task_name": "tagged.count",
        "redun_execution_id": EXECUTION,
        "redun_project": "other",
        "team": "genomics",
    }
    assert batch_tags(clients, options(default_batch_tags="false"), WORK) == {}


def test_an_array_is_no_single_job(clients: Clients) -> None:
    tags = batch_tags(clients, options(), WORK, array=True)
    assert "redun_job_id" not in tags
    assert tags["redun_execution_id"] == EXECUTION


def test_what_aws_does_not_take(clients: Clients) -> None:
    given = options(batch_tags={"k" * 200: "v" * 300, "query": "reads<10 & é\n"})
    tags = batch_tags(clients, given, WORK)
    assert tags["k" * 128] == "v" * 256
    assert tags["query"] == "reads_10 _ é_"
    with pytest.raises(ConfigError, match="'aws:team' is no name that AWS lets anybody give"):
        batch_tags(clients, options(batch_tags={"aws:team": "x"}), WORK)
    with pytest.raises(ConfigError, match="55 tags, together with those of redun; AWS allows 50"):
        batch_tags(clients, options(batch_tags={f"t{n}": "x" for n in range(50)}), WORK)


def test_who_may_not_ask_who_they_are_gets_no_tag_of_it(aws: LocalBatch) -> None:
    aws.throttle("sts:*", 5, "AccessDenied", 403)
    assert "redun_aws_user" not in batch_tags(Clients(), options(), WORK)
