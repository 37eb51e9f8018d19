"""S3 servers: moto's, which is everyday's, and Ceph's, a second implementation that checks signatures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from services.aws_client import LocalAws, aws_server

__all__ = ["moto_server"]


@contextlib.contextmanager
def moto_server() -> Iterator[LocalAws]:
    """Run an S3 server (and CloudWatch Logs, IAM, EC2) at a free port; any credentials will do.

    Examples
    --------
    >>> with moto_server() as endpoint:  # doctest: +SKIP
    ...     boto3.client("s3", **endpoint.arguments()).create_bucket(Bucket="mine")
    """
    with aws_server() as endpoint:
        yield endpoint
