"""S3 servers: moto's, which is everyday's, and Ceph's, a second implementation that checks signatures."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from services import ceph
from services.aws_client import LocalAws, aws_server
from services.endpoint import Endpoint
from services.missing import SEARCHED, require
from services.server import running

__all__ = ["ceph_server", "moto_server"]


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


@contextlib.contextmanager
def ceph_server() -> Iterator[Endpoint]:
    """Run Ceph's S3 gateway at a free port; it takes about ten seconds to start, and keeps objects in memory."""
    require("Ceph's S3 gateway", ceph.PROGRAMS, ceph.PACKAGES)
    folder = Path(tempfile.mkdtemp(prefix="redun-ceph-", dir="/tmp"))
    address = folder / "address"
    with running(
        [sys.executable, "-m", "services.ceph", str(folder)],
        log=folder / "log",
        answers=address.exists,
        environment={**os.environ, "PATH": SEARCHED, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        seconds=120,
        remove=folder,
    ):
        yield Endpoint(f"http://127.0.0.1:{address.read_text()}", ceph.ACCESS_KEY, ceph.SECRET_KEY)
