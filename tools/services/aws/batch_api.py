"""The calls of Batch that moto answers otherwise than AWS: what it drops of a submission, limits, and pages."""

from __future__ import annotations

import json
from typing import Any

import moto.batch.models as models
import moto.batch.responses as responses
from moto.batch.exceptions import ClientException

from services.aws import definitions_api
from services.aws.dispatch import Dispatcher
from services.aws.jobs import SUBMITTED, LocalJob
from services.aws.paging import page

MOST_DESCRIBED = 100
LARGEST_ARRAY = 10_000

Response = responses.BatchResponse
submit_job = Response.submitjob
describe_jobs = Response.describejobs


def install(dispatcher: Dispatcher) -> None:
    """Have moto's Batch run its jobs by the dispatcher."""
    definitions_api.install()
    LocalJob.dispatcher = dispatcher
    models.Job = LocalJob
    Response.submitjob = submit
    Response.describejobs = describe
    Response.listjobs = list_page


def submit(response: Any) -> str:
    """Answer SubmitJob."""
    given = json.loads(response.body)
    size = (given.get("arrayProperties") or {}).get("size")
    if size is not None and not 2 <= size <= LARGEST_ARRAY:
        raise ClientException(f"Array size must be between 2 and {LARGEST_ARRAY}")
    definitions_api.check_active(response.batch_backend, given["jobDefinition"])
    token = SUBMITTED.set(given)
    try:
        return str(submit_job(response))
    finally:
        SUBMITTED.reset(token)


def describe(response: Any) -> str:
    """Answer DescribeJobs."""
    asked = json.loads(response.body).get("jobs") or []
    if len(asked) > MOST_DESCRIBED:
        raise ClientException(
            f"Too many jobs: {len(asked)}, at most {MOST_DESCRIBED} can be described at once"
        )
    return str(describe_jobs(response)) if asked else json.dumps({"jobs": []})


def list_page(response: Any) -> str:
    """Answer ListJobs, page by page."""
    given = json.loads(response.body)
    parent, filters = given.get("arrayJobId"), given.get("filters")
    status = given.get("jobStatus") or (None if filters or parent else "RUNNING")
    found = response.batch_backend.list_jobs(
        job_queue_name=given.get("jobQueue"), array_job_id=parent, job_status=None, filters=filters
    )
    # The children of an array are listed by its id only.
    told = [job.describe_short() for job in found if parent or ":" not in job.job_id]
    if status is not None and not filters:
        told = [entry for entry in told if entry["status"] == status]
    shown, following = page(told, given)
    return json.dumps({"jobSummaryList": shown, **following})


def make_queue(name: str) -> None:
    """Create a queue, with a compute environment and a role of their own."""
    backend = models.batch_backends["123456789012"]["us-east-1"]
    role = backend.iam_backend.create_role(
        role_name=f"{name}-role",
        assume_role_policy_document="{}",
        path="/",
        permissions_boundary=None,
        description="",
        tags={},
        max_session_duration="3600",
    )
    environment = backend.create_compute_environment(
        compute_environment_name=f"{name}-environment",
        _type="UNMANAGED",
        state="ENABLED",
        compute_resources=None,
        service_role=role.arn,
    )
    backend.create_job_queue(
        queue_name=name,
        priority="1",
        schedule_policy=None,
        state="ENABLED",
        compute_env_order=[{"order": 1, "computeEnvironment": environment.arn}],
    )
