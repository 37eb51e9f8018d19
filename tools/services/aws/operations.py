"""What a request asks for, as `service:Operation`."""

from __future__ import annotations

import functools
import re
from typing import Any
from urllib.parse import parse_qsl

import botocore.loaders

SERVICE = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/")
# Parts of a query that make another operation of the same method.
SUBRESOURCES = (
    "uploads",
    "uploadId",
    "delete",
    "list-type",
    "versions",
    "versioning",
    "tagging",
    "acl",
    "location",
)


def name_operation(environ: dict[str, Any]) -> str:
    """Return such as `batch:SubmitJob`, `logs:GetLogEvents` or, for S3, `s3:GET object`, `s3:POST object?uploads`."""
    signature = SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = signature[1] if signature else "s3"
    path: str = environ.get("PATH_INFO", "")
    method: str = environ["REQUEST_METHOD"]
    if service == "s3":
        kind = ("service", "bucket", "object")[min(len([part for part in path.split("/", 2) if part]), 2)]
        asked = {name for name, _ in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)}
        extra = next((f"?{name}" for name in SUBRESOURCES if name in asked), "")
        return f"s3:{method} {kind}{extra}"
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return f"{service}:{target.rpartition('.')[2]}"
    if service == "batch":
        return f"batch:{batch_operations().get(path, method + ' ' + path)}"
    return f"{service}:{method} {path}"


@functools.cache
def batch_operations() -> dict[str, str]:
    """Return the names of Batch's operations by the paths at which they are asked for."""
    model = botocore.loaders.Loader().load_service_model("batch", "service-2")
    return {operation["http"]["requestUri"]: name for name, operation in model["operations"].items()}
