"""Tags of jobs on AWS Batch: those that redun gives, and those of the configuration, within what AWS allows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from redun.errors import ConfigError, ExecutorError

if TYPE_CHECKING:
    from redun.executors.base import Work

    from redun_executor_batch.clients import Clients

__all__ = ["EXECUTION_TAG", "JOB_TAG", "TASK_TAG", "batch_tags", "default_tags", "fitting"]

JOB_TAG = "redun_job_id"
TASK_TAG = "redun_task_name"
EXECUTION_TAG = "redun_execution_id"
PROJECT_TAG = "redun_project"
USER_TAG = "redun_aws_user"

_MOST = 50
_KEY_LENGTH = 128
_VALUE_LENGTH = 256
_FOREIGN = re.compile(r"[^\w .:/=+@-]", re.UNICODE)


class TagOptions(Protocol):
    """Those options of a job that its tags depend on; `JobOptions` has them."""

    @property
    def batch_tags(self) -> Sequence[tuple[str, str]]:
        """Tags that somebody asked for; they win over those of redun."""

    @property
    def default_batch_tags(self) -> bool:
        """Whether redun adds tags of its own."""


def batch_tags(clients: Clients, options: TagOptions, work: Work, *, array: bool = False) -> dict[str, str]:
    """Return the tags of the job that runs a call.

    Parameters
    ----------
    clients : Clients
    options : TagOptions
    work : Work
        The call; of an array the first.
    array : bool
        The job is an array: it gets no tag `redun_job_id`, for it runs many.

    Raises
    ------
    ConfigError
        `batch_tags` has too many tags, or names that AWS keeps to itself.
    """
    tags = default_tags(clients, work) if options.default_batch_tags else {}
    if array:
        tags.pop(JOB_TAG, None)
    for key, value in options.batch_tags:
        name = fitting(key, _KEY_LENGTH)
        if not name or name.lower().startswith("aws:"):
            raise ConfigError(f"batch_tags: {key!r} is no name that AWS lets anybody give to a tag.")
        tags[name] = fitting(value)
    if len(tags) > _MOST:
        raise ConfigError(
            f"batch_tags: {len(tags)} tags, together with those of redun; AWS allows {_MOST} for a job."
        )
    return tags


def default_tags(clients: Clients, work: Work) -> dict[str, str]:
    """Return the tags that redun gives by itself."""
    task = work.task
    tags = {
        JOB_TAG: work.job_id,
        TASK_TAG: task.fullname,
        EXECUTION_TAG: work.job_id.partition(".")[0],
        PROJECT_TAG: task.namespace or "",
        USER_TAG: _user(clients),
    }
    return {key: fitting(value) for key, value in tags.items() if value}


def fitting(text: str, length: int = _VALUE_LENGTH) -> str:
    """Return a text as AWS takes it in a tag: other characters become `_`, and what is too long is cut.

    Examples
    --------
    >>> fitting("count<reads>")
    'count_reads_'
    """
    return _FOREIGN.sub("_", text)[:length].strip()


def _user(clients: Clients) -> str:
    try:
        return clients.identity().user
    except ExecutorError:
        # Some may submit jobs and not ask who they are.
        return ""
