"""The running server of `services.aws`, as tests see it: an endpoint that takes orders."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from services.endpoint import Endpoint
from services.server import running
from services.venv import server_venv

__all__ = ["LocalAws", "aws_server"]


@dataclasses.dataclass(frozen=True)
class LocalAws(Endpoint):
    """S3, Logs, IAM, EC2 and Batch at one address; counts calls and makes them fail on demand."""

    def calls(self) -> Counter[str]:
        """Return how often each operation was called: `batch:SubmitJob`, `logs:GetLogEvents`, `s3:GET object` …"""
        return Counter(self.order("calls"))

    def clear(self) -> None:
        """Forget the counts, and the faults that have not happened yet."""
        self.order("clear")

    def throttle(
        self, operation: str, times: int, code: str = "TooManyRequestsException", status: int = 429
    ) -> None:
        """Refuse the next calls of an operation (a pattern such as `batch:*`).

        For S3 give code "SlowDown" and status 503, for a service that is down "InternalError" and 500.
        """
        self.order("throttle", operation=operation, times=times, code=code, status=status)

    def age_objects(self, bucket: str, prefix: str, seconds: float) -> None:
        """Have the objects of a bucket whose keys begin so be written longer ago than they were."""
        self.order("age", bucket=bucket, prefix=prefix, seconds=seconds)

    def create_bucket(self, name: str) -> None:
        """Create a bucket."""
        scope = f"AWS4-HMAC-SHA256 Credential={self.access_key}/20260101/{self.region}/s3/aws4_request"
        request = urllib.request.Request(f"{self.url}/{name}", headers={"Authorization": scope}, method="PUT")
        urllib.request.urlopen(request, timeout=30).close()

    def order(self, order: str, **given: Any) -> Any:
        """Give the server an order and return its answer."""
        request = urllib.request.Request(
            f"{self.url}/_control/{order}", data=json.dumps(given).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            told = json.load(answer)
        if isinstance(told, dict) and "error" in told:
            raise RuntimeError(f"The server could not obey {order} {given}:\n{told['error']}")
        return told


@contextlib.contextmanager
def aws_server(
    *,
    images: Mapping[str, str] | None = None,
    engine: str | None = None,
    slots: int = 2,
    job_environment: Mapping[str, str] | None = None,
) -> Iterator[LocalAws]:
    """Run the server at a free port."""
    venv = server_venv()
    folder = Path(tempfile.mkdtemp(prefix="redun-aws-"))
    address = folder / "address"
    configuration = {
        "address": str(address),
        "images": dict(images or {}),
        "engine": engine,
        "slots": slots,
        "job_environment": dict(job_environment or {}),
    }
    (folder / "configuration.json").write_text(json.dumps(configuration))
    with running(
        [str(venv / "bin" / "python"), "-m", "services.aws", str(folder / "configuration.json")],
        log=folder / "log",
        answers=address.exists,
        environment=server_environment(folder),
        remove=folder,
    ):
        yield LocalAws(f"http://127.0.0.1:{address.read_text()}")


def server_environment(folder: Path) -> dict[str, str]:
    """Return the environment of the server: nothing of AWS's or Python's that happens to be set here."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PYTHON", "MOTO_", "COVERAGE_", "PYTEST_"))
    }
    return kept | {
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(folder),
    }
