"""Job definitions as AWS tells of them: with the nodes of multi-node ones, by exact revision, page by page."""

from __future__ import annotations

import json
from typing import Any

import moto.batch.models as models
import moto.batch.responses as responses
from moto.batch.exceptions import ClientException

from services.aws.paging import page

describe_definition = models.JobDefinition.describe


def install() -> None:
    """Have moto tell of job definitions so."""
    models.JobDefinition.describe = describe
    responses.BatchResponse.describejobdefinitions = describe_page


def describe(definition: models.JobDefinition) -> dict[str, Any]:
    """Return what DescribeJobDefinitions tells of one."""
    told: dict[str, Any] = describe_definition(definition)
    if definition.node_properties is not None:
        told["nodeProperties"] = definition.node_properties
    return told


def describe_page(response: Any) -> str:
    """Answer DescribeJobDefinitions."""
    given = json.loads(response.body)
    backend = response.batch_backend
    if exact := given.get("jobDefinitions"):
        if set(given) - {"jobDefinitions", "maxResults", "nextToken"}:
            raise ClientException("jobDefinitions can't be used with other parameters")
        found = [each for each in map(backend.get_job_definition, exact) if each is not None]
    else:
        found = backend.describe_job_definitions(given.get("jobDefinitionName"), None, given.get("status"))
    shown, following = page(found, given)
    return json.dumps({"jobDefinitions": [each.describe() for each in shown], **following})


def check_active(backend: Any, identifier: str) -> None:
    """Refuse a definition that was deregistered."""
    definition = backend.get_job_definition(identifier)
    if definition is not None and definition.status != "ACTIVE":
        raise ClientException(f"JobDefinition, {definition.arn}, is not in ACTIVE status.")
