"""An AWS Batch whose jobs really run, with S3, CloudWatch Logs, IAM and EC2 at the same address.

A job's command is executed as its image has it: as a process of a virtual environment, or in a container. What the
containers of AWS get is there: credentials, region, the job's id, its attempt and its index in an array. Exit codes,
reasons, attempts, timeouts, endings, dependencies and logs are as AWS tells them. Faults are provoked by the methods
of what `batch_server` yields; each goes by HTTP to `/_control/<order>`, so that other programs can use them too:

========= ============================================================= ==========================================
order     JSON                                                          effect
========= ============================================================= ==========================================
calls     {}                                                            answers how often each operation was called
clear     {}                                                            forgets counts and faults
throttle  {"operation", "times", "code", "status"}                      refuses the next calls
fault     {"job", "kind": "interrupt" or "memory", "after", "times"}    ends running or coming attempts
slots     {"slots": n}                                                  runs at most n jobs at once, none for 0
age       {"bucket", "prefix", "seconds"}                               makes objects of S3 older
image     {"NAME": "/path/of/venv", "warm:…", "container:…"}               makes an image known
========= ============================================================= ==========================================
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from os import PathLike, fspath

from services.aws_client import LocalAws, aws_server

__all__ = ["LocalBatch", "batch_server"]


@dataclasses.dataclass(frozen=True)
class LocalBatch(LocalAws):
    """A Batch with one queue."""

    queue: str = "queue"
    role: str = "arn:aws:iam::123456789012:role/local"

    def interrupt(self, job: str, *, after: float = 0, times: int = 1) -> None:
        """Take the host from a job (an id or a name, or a pattern of one): SIGTERM, a second later SIGKILL.

        If it does not run yet, it happens `after` seconds after it started; `times` counts attempts.
        """
        self.order("fault", job=job, kind="interrupt", after=after, times=times)

    def exhaust_memory(self, job: str, *, after: float = 0, times: int = 1) -> None:
        """Kill a job as the kernel does when its container has used up its memory."""
        self.order("fault", job=job, kind="memory", after=after, times=times)

    def set_slots(self, slots: int) -> None:
        """Run that many jobs at once; the others wait, RUNNABLE."""
        self.order("slots", slots=slots)

    def add_image(self, name: str, target: str | PathLike[str]) -> None:
        """Make an image known: the folder of a virtual environment, `warm:FOLDER`, or `container:NAME`."""
        self.order("image", **{name: fspath(target)})


@contextlib.contextmanager
def batch_server(
    images: Mapping[str, str | PathLike[str]] | None = None,
    *,
    engine: str | None = None,
    slots: int = 2,
    endpoint_in_jobs: bool = True,
) -> Iterator[LocalBatch]:
    """Run the server, with a queue named "queue" that takes jobs.

    Parameters
    ----------
    images
        What image names stand for: the folder of a virtual environment (see `services.venv.worker_venv`), whose
        programs run as processes; `warm:FOLDER`, where workers do not wait for Python and its imports; or
        `container:NAME`, an image of the engine. Any other image cannot be pulled.
    engine
        The address of a container engine (see `services.engine`).
    slots
        How many jobs run at once.
    endpoint_in_jobs
        Whether jobs find this server without being told, as on AWS; False to test that they are told.

    Examples
    --------
    >>> with batch_server({"worker": worker_venv("redun-core")}) as batch:  # doctest: +SKIP
    ...     client = boto3.client("batch", **batch.arguments())
    """
    own = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "testsecret",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if endpoint_in_jobs:
        own |= {"AWS_ENDPOINT_URL": "http://127.0.0.1:{port}", "AWS_DEFAULT_REGION": "us-east-1"}
    with aws_server(
        images={name: fspath(target) for name, target in (images or {}).items()},
        engine=engine,
        slots=slots,
        job_environment=own,
    ) as server:
        server.order("queue", name="queue")
        yield LocalBatch(server.url)
