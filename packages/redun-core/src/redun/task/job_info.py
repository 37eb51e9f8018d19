"""What a running body can learn of its own job.

Floor: language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from redun.hashing.keys import args_hash, kept

if TYPE_CHECKING:
    from redun.scheduler.cells import Job

__all__ = ["JobInfo"]


@attrs.frozen
class JobInfo:
    """What a body is told of the job that runs it: give a parameter the default `JobInfo()`.

    It is no part of the cache key: a result that is replayed shows what was the case when it was made.

    Attributes
    ----------
    execution_id : str
        32 hex digits.
    job_id : str
        The execution's id, a dot and the job's number.
    eval_hash : str
        The cache key of the call, 40 hex digits.
    args_hash : str
        The hash of its arguments alone.
    options : mapping
        The options that apply to the call.

    Examples
    --------
    >>> from redun import Scheduler, task
    >>> @task(version="1", memory=4)
    ... def report(name: str, info: JobInfo = JobInfo()) -> str:
    ...     return f"{name} has {info.options['memory']} GB in job {info.job_id.partition('.')[2]}"
    >>> Scheduler().run(report("count"))
    'count has 4 GB in job 1'
    """

    execution_id: str = ""
    job_id: str = ""
    eval_hash: str = ""
    args_hash: str = ""
    options: Mapping[str, Any] = attrs.field(factory=dict)

    @classmethod
    def from_job(cls, job: Job) -> JobInfo:
        """Return what is known of a job that is about to run."""
        hashes, values = job.arg_hashes, job.values
        assert hashes is not None
        assert values is not None
        infos = {name for name, value in zip(job.names, values, strict=True) if isinstance(value, cls)}
        known = [one for one in hashes if one is not None]
        arguments = kept(job.names, known, job.task.config_args | infos)
        return cls(
            execution_id=job.job_id.partition(".")[0],
            job_id=job.job_id,
            eval_hash=job.eval_hash.hex(),
            args_hash=args_hash(*arguments).hex(),
            options=dict(job.policy.options),
        )
