"""Tags of jobs on AWS Batch: those that redun gives, and those of the configuration, within what AWS allows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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


def batch_tags(
    clients: Clients, options: Mapping[str, Any], work: Work, *, array: bool = False
) -> dict[str, str]:
    """Return the tags of the job that runs a call.

    Parameters
    ----------
    clients : Clients
    options : mapping
        The merged options of the call: `batch_tags`, a mapping or JSON of one, wins over the tags of redun;
        `default_batch_tags` false leaves these out.
    work : Work
        The call; of an array the first.
    array : bool
        The job is an array: it gets no tag `redun_job_id`, for it runs many.

    Raises
    ------
    ConfigError
        `batch_tags` is no mapping, has too many tags, or names that AWS keeps to itself.
    """
    tags = {} if _is_false(options.get("default_batch_tags", True)) else default_tags(clients, work)
    if array:
        tags.pop(JOB_TAG, None)
    tags.update(_given(options.get("batch_tags")))
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


def _given(tags: Any) -> dict[str, str]:
    if isinstance(tags, str):
        try:
            tags = json.loads(tags) if tags.strip() else {}
        except ValueError as error:
            raise ConfigError(
                f'batch_tags is no JSON ({error}); write it like {{"team": "genomics"}}.'
            ) from None
    if tags is None:
        return {}
    if not isinstance(tags, Mapping):
        raise ConfigError(f'batch_tags must be names with values like {{"team": "genomics"}}, not {tags!r}.')
    fit = {}
    for key, value in tags.items():
        name = fitting(str(key), _KEY_LENGTH)
        if not name or name.lower().startswith("aws:"):
            raise ConfigError(f"batch_tags: {str(key)!r} is no name that AWS lets anybody give to a tag.")
        fit[name] = fitting(value if isinstance(value, str) else json.dumps(value))
    return fit


def _user(clients: Clients) -> str:
    try:
        return clients.identity().user
    except ExecutorError:
        # Some may submit jobs and not ask who they are.
        return ""


def _is_false(value: Any) -> bool:
    return str(value).strip().lower() in ("false", "no", "off", "0")
