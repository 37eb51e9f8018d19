"""`redun aws clean`: what old jobs left goes, what is needed stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from .conftest import Project

HASH = "0123456789" * 4
DAY_S = 86400
CONTENT = {
    f"jobs/{HASH}/done/job": '{"code": "s3://x/redun/code/aaaa.tar.gz"}',
    f"jobs/{HASH}/done/result": "x" * 1000,
    f"jobs/{HASH}/waits/job": '{"code": "s3://x/redun/code/cccc.tar.gz"}',
    f"jobs/{HASH}/input": "of redun 0.44",
    "array_jobs/done/jobs": f'["jobs/{HASH}/done"]',
    "code/aaaa.tar.gz": "x",
    "code/bbbb.tar.gz": "x",
    "code/cccc.tar.gz": "x",
    "sessions/0123456789abcdef.json": "{}",
    "results/mine.txt": "not redun's",
}
LATER = {"array_jobs/waits/jobs": "in flight", f"jobs/{HASH}/member/result": "not fetched yet"}
GONE = {
    f"jobs/{HASH}/done/job",
    f"jobs/{HASH}/done/result",
    f"jobs/{HASH}/input",
    "array_jobs/done/jobs",
    "code/aaaa.tar.gz",
    "sessions/0123456789abcdef.json",
}


@pytest.fixture
def in_flight(project: Project) -> Iterator[Callable[[str], None]]:
    """Return a function that submits a job and an array, which need something of a scratch folder."""

    def submit(scratch: str) -> None:
        project.submit("sh", "-c", "sleep 60", f"{scratch}/jobs/{HASH}/waits")
        project.submit("sh", "-c", "sleep 60", f"{scratch}/array_jobs/waits", size=2)

    yield submit
    project.redun("aws", "kill-jobs", "--yes")


def put(project: Project, name: str, content: str) -> None:
    project.client("s3").put_object(Bucket=project.bucket, Key=f"redun/{name}", Body=content.encode())


def names(project: Project) -> set[str]:
    listed = project.client("s3").list_objects_v2(Bucket=project.bucket).get("Contents", [])
    return {each["Key"].removeprefix("redun/") for each in listed}


def test_only_what_nobody_needs_goes(project: Project, in_flight: Callable[[str], None]) -> None:
    project.configure("scratch_lifetime = 7d")
    young = f"jobs/{HASH}/young/job"
    for name, content in {**CONTENT, **LATER, young: '{"code": "s3://x/redun/code/bbbb.tar.gz"}'}.items():
        put(project, name, content)
        days = 6.0 if name == young else 7.5 if name in LATER else 8.0
        project.server.age_objects(project.bucket, f"redun/{name}", days * DAY_S)
    in_flight(f"s3://{project.bucket}/redun")

    text = project.redun("aws", "clean", "--dry-run", "--verbose").stdout
    assert text.startswith(f"s3://{project.bucket}/redun: what is older than 7d\n")
    assert [line.split() for line in text.splitlines()[1:5]] == [
        ["jobs", "2", "of", "5", "1.1", "KB"],
        ["arrays", "1", "of", "2", "54", "B"],
        ["code", "archives", "1", "of", "3", "1", "B"],
        ["sessions", "1", "of", "1", "2", "B"],
    ]
    assert f"  jobs/{HASH}/done  1.0 KB  8d\n" in text
    refused = project.redun("aws", "clean", code=2)
    assert "Remove 5 of 11 (1.1 KB)? There is no terminal to ask at; say --yes." in refused.stderr
    assert names(project) == {*CONTENT, *LATER, young}

    assert "Removed" not in project.redun("aws", "clean", "--older-than", "2w", "--yes").stdout
    assert project.redun("aws", "clean", "--yes").stdout.endswith("Removed.\n")
    assert {*CONTENT, *LATER, young} - names(project) == GONE


def test_what_cannot_be_asked_or_removed(project: Project) -> None:
    put(project, f"jobs/{HASH}/done/job", "{}")
    project.server.age_objects(project.bucket, "redun/", 31 * DAY_S)
    # Without knowing what is in flight, nothing is removed.
    project.server.throttle("batch:ListJobs", 1, "AccessDeniedException", 403)
    failed = project.redun("aws", "clean", "-y", code=1)
    assert "the action ListJobs" in failed.stderr
    project.server.throttle("s3:POST bucket?delete", 1, "AccessDenied", 403)
    failed = project.redun("aws", "clean", "-y", code=1)
    assert "removing from s3://" in failed.stderr
    assert "DeleteObjects" in failed.stderr
    assert len(names(project)) == 1

    project.client("s3").delete_object(Bucket=project.bucket, Key=f"redun/jobs/{HASH}/done/job")
    project.client("s3").delete_bucket(Bucket=project.bucket)
    failed = project.redun("aws", "clean", code=1)
    assert f"listing s3://{project.bucket}/redun/jobs: The specified bucket does not exist" in failed.stderr


def test_what_is_wrong_with_the_configuration(project: Project) -> None:
    project.configure("scratch_lifetime = a while")
    failed = project.redun("aws", "clean", code=1)
    assert "redun.ini, line" in failed.stderr
    assert "'scratch_lifetime': 'a while' is no duration; write it like 12h, 30d or 4w" in failed.stderr
    project.configure(scratch="gs://bucket/redun")
    assert (
        "'s3_scratch': it must be a URL like s3://bucket/redun, not 'gs://bucket/redun'"
        in project.redun("aws", "clean", code=1).stderr
    )
