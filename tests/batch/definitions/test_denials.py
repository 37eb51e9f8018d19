"""What AWS refuses is said in words that tell what to do."""

from __future__ import annotations

import pytest
from redun.errors import ExecutorError
from redun_executor_batch import definitions
from redun_executor_batch.clients import Clients
from redun_executor_batch.options import JobOptions
from services.batch import LocalBatch

OPTIONS = JobOptions(image="denied", queue="queue", role="none")
DESCRIBE = "batch:DescribeJobDefinitions"


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        (
            "AccessDeniedException",
            403,
            r"denies it: .*a policy that allows the action DescribeJobDefinitions\.",
        ),
        ("ExpiredTokenException", 403, r"the credentials have expired.*Renew them"),
        ("UnrecognizedClientException", 403, "AWS does not know the credentials"),
        ("TooManyRequestsException", 429, "asked too often, several times over.*Run this again later"),
        ("ServerException", 500, r"Refused by a test \(ServerException\)"),
    ],
)
def test_refusals(aws: LocalBatch, clients: Clients, code: str, status: int, message: str) -> None:
    aws.throttle(DESCRIBE, 2, code, status)
    with pytest.raises(ExecutorError, match=f"looking for the job definition 'denied-redun-jd': .*{message}"):
        definitions.ensure(clients, OPTIONS, OPTIONS.image)


def test_what_passes_is_tried_again(aws: LocalBatch, clients: Clients) -> None:
    aws.throttle(DESCRIBE, 1)
    assert definitions.ensure(clients, OPTIONS, OPTIONS.image)
    assert aws.calls()[DESCRIBE] == 2


def test_no_credentials(aws: LocalBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(
        ExecutorError, match=r"Unable to locate credentials\. Give AWS_PROFILE, or AWS_ACCESS_KEY_ID"
    ):
        definitions.ensure(Clients(), OPTIONS, OPTIONS.image)


def test_no_such_profile(aws: LocalBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(ExecutorError, match=r"\(nobody\) could not be found\. AWS_PROFILE must name"):
        definitions.ensure(Clients(), OPTIONS, OPTIONS.image)


def test_nobody_answers(aws: LocalBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ExecutorError, match=r"Could not connect .*Is the network up, the region"):
        definitions.ensure(Clients(), OPTIONS, OPTIONS.image)


def test_regions(aws: LocalBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Clients().region == "us-east-1"
    assert Clients("eu-west-1").get("batch").meta.region_name == "eu-west-1"
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION")
    assert Clients().get("batch").meta.region_name == "us-west-2"
