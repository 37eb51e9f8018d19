"""Calls of entry points through a service, without waiting for them.

Floor: composition. The service hands what it gets to `launch_federated_task`. Results are found in the other project's
record, by the id of the execution.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Generator
from importlib import import_module
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from redun.errors import RedunError
from redun.federated_tasks.inputs import write_input
from redun.scheduler.forms import special_form
from redun.task import task
from redun.value.nested import contains_lazy

__all__ = ["InvocationException", "lambda_federated_task", "rest_federated_task"]

_TIMEOUT_S = 60
_ACCEPTED = 202

_Call = Generator[Any, Any, Any]


class InvocationException(RedunError):
    """A service did not take a call of a federated task."""


@special_form()
def rest_federated_task(
    config_name: str,
    entrypoint: str,
    url: str,
    scratch_prefix: str,
    dryrun: bool,
    *task_args: Any,
    cache: bool = True,
    **task_kwargs: Any,
) -> _Call:
    """Call an entry point of another project by an HTTP request, and do not wait for it.

    Parameters
    ----------
    config_name : str
        Which of its configurations the service is to use.
    entrypoint : str
        Name of a section `[federated_tasks.NAME]` there.
    url : str
        Where a JSON object is posted: `config_name`, `entrypoint`, `input_path`, `execution_id`, `cache`.
    scratch_prefix : str
        A folder that both sides can reach, for the arguments.
    dryrun : bool
        Do not send the request.
    *task_args, **task_kwargs
        Arguments of the task; they are evaluated first.
    cache : bool
        Whether the service may use results of earlier executions.

    Returns
    -------
    tuple of str and dict
        The id of the execution that the service was asked for, and what was posted.
    """
    return (
        yield from _invoke(
            _post, url, (config_name, entrypoint, scratch_prefix, dryrun, cache), task_args, task_kwargs
        )
    )


@special_form()
def lambda_federated_task(
    config_name: str,
    entrypoint: str,
    lambda_function_name: str,
    scratch_prefix: str,
    dryrun: bool,
    *task_args: Any,
    cache: bool = True,
    **task_kwargs: Any,
) -> _Call:
    """Call an entry point of another project by an AWS Lambda function, and do not wait for it.

    Like `rest_federated_task`, with the name of the function in the place of the URL. Needs boto3.
    """
    settings = (config_name, entrypoint, scratch_prefix, dryrun, cache)
    return (yield from _invoke(_invoke_lambda, lambda_function_name, settings, task_args, task_kwargs))


def _invoke(
    send: Any, target: str, settings: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> _Call:
    if contains_lazy((target, settings, args, kwargs)):
        target, settings, args, kwargs = yield target, settings, args, kwargs
    # A task, since the scheduler's own thread must not wait for a network.
    return send(target, uuid.uuid4().hex, settings, args, kwargs)


@task(name="rest_federated_request", namespace="redun", version="1", cache_scope="NONE")
def _post(
    url: str, execution_id: str, settings: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    payload, dryrun = _request(execution_id, settings, args, kwargs)
    if not dryrun:
        data = json.dumps(payload).encode()
        request = Request(url, data, {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=_TIMEOUT_S):
                pass
        except HTTPError as error:
            said = error.read(1000).decode(errors="replace")
            raise InvocationException(
                f"{url} refused the federated task {payload['entrypoint']!r}: {error.code} {error.reason}. {said}"
            ) from None
        except (URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise InvocationException(f"{url} cannot be reached: {reason}.") from error
    return execution_id, payload


@task(name="lambda_federated_request", namespace="redun", version="1", cache_scope="NONE")
def _invoke_lambda(
    function_name: str,
    execution_id: str,
    settings: tuple[Any, ...],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> tuple[str, dict[str, Any]]:
    payload, dryrun = _request(execution_id, settings, args, kwargs)
    if not dryrun:
        try:
            boto3: Any = import_module("boto3")
        except ImportError:
            raise InvocationException(
                "lambda_federated_task() needs boto3, which is not installed: pip install boto3"
            ) from None
        answer = boto3.client("lambda").invoke(
            FunctionName=function_name, InvocationType="Event", Payload=json.dumps(payload).encode()
        )
        if answer["StatusCode"] != _ACCEPTED:
            raise InvocationException(
                f"The Lambda function {function_name!r} did not take the federated task {payload['entrypoint']!r}: "
                f"status {answer['StatusCode']}."
            )
    return execution_id, payload


def _request(
    execution_id: str, settings: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[dict[str, Any], bool]:
    config_name, entrypoint, scratch_prefix, dryrun, cache = settings
    payload = {
        "config_name": config_name,
        "entrypoint": entrypoint,
        "input_path": write_input(scratch_prefix, execution_id, args, kwargs),
        "execution_id": execution_id,
        "cache": cache,
    }
    return payload, dryrun
