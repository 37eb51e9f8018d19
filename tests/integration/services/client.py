"""What boto3 would send, with nothing but the standard library: this environment holds no boto3."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any


class Client:
    """Calls Batch and CloudWatch Logs."""

    def __init__(self, url: str) -> None:
        self.url = url

    def batch(self, operation: str, **given: Any) -> dict[str, Any]:
        """Call an operation of Batch, such as "submitjob"."""
        return self.post(f"/v1/{operation}", "batch", given)

    def log(self, stream: str) -> list[str]:
        """Return the lines of a log stream."""
        given = {"logGroupName": "/aws/batch/job", "logStreamName": stream, "startFromHead": True}
        answer = self.post("/", "logs", given, {"X-Amz-Target": "Logs_20140328.GetLogEvents"})
        return [event["message"] for event in answer["events"]]

    def post(
        self, path: str, service: str, given: dict[str, Any], headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Send a request with a signature that names the service."""
        scope = (
            f"AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/{service}/aws4_request, SignedHeaders=host"
        )
        request = urllib.request.Request(
            self.url + path,
            data=json.dumps(given).encode(),
            headers={"Authorization": scope, "Content-Type": "application/x-amz-json-1.1", **(headers or {})},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    def define(self, name: str, image: str, command: list[str], **more: Any) -> str:
        """Register a job definition and return its name."""
        needs = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]
        properties = {"image": image, "command": command, "resourceRequirements": needs}
        self.batch(
            "registerjobdefinition",
            jobDefinitionName=name,
            type="container",
            containerProperties=properties,
            **more,
        )
        return name

    def submit(self, definition: str, *command: str, name: str = "job", **more: Any) -> str:
        """Submit a job and return its id."""
        if command:
            more["containerOverrides"] = {"command": list(command)}
        given = {"jobName": name, "jobQueue": "queue", "jobDefinition": definition, **more}
        return str(self.batch("submitjob", **given)["jobId"])

    def job(self, identifier: str) -> dict[str, Any]:
        """Return what Batch tells about a job."""
        return self.batch("describejobs", jobs=[identifier])["jobs"][0]

    def wait(self, identifier: str, *states: str, seconds: float = 30) -> dict[str, Any]:
        """Return the description of a job once it is in one of the states; by default, once it has ended."""
        deadline = time.monotonic() + seconds
        while (job := self.job(identifier))["status"] not in (states or ("SUCCEEDED", "FAILED")):
            assert time.monotonic() < deadline, job
            time.sleep(0.02)
        return job
