"""Jobs that nobody waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.errors import ExecutorError

from redun_executor_batch.call import Call
from redun_executor_batch.office import Office

if TYPE_CHECKING:
    from redun.executors.base import Work
    from redun.executors.equipment import Equipment

    from redun_executor_batch.options import JobOptions
    from redun_executor_batch.settings import Settings

__all__ = ["launch_job"]


def launch_job(name: str, settings: Settings, equipment: Equipment, work: Work, options: JobOptions) -> str:
    """Submit the job of a call and return how to find it.

    Raises
    ------
    ExecutorError
        It would run on this machine, and end with this process; or Batch refuses it.
    """
    if options.debug:
        raise ExecutorError(
            f"The executor {name!r} is in debug mode: its jobs run on this machine and end with the process that "
            "started them. Wait for the job, or set debug = false."
        )
    job_id = Office(name, settings, equipment).send([Call(work, options)]).job_id
    return f"AWS Batch job {job_id} in queue {options.queue}; its log: redun aws logs -b {job_id}"
