"""What stands before the services: counts every call, refuses those that a test wants refused, and takes orders.

Orders are JSON, at `/_control/...`; `services.aws_client.LocalAws` has a method for each.
"""

from __future__ import annotations

import datetime
import json
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from services.aws.batch_api import make_queue
from services.aws.dispatch import Dispatcher
from services.aws.faults import JobFault, Throttle
from services.aws.operations import name_operation

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Control:
    """A WSGI application around the one that answers for the services."""

    def __init__(self, application: Wsgi, dispatcher: Dispatcher) -> None:
        self.application = application
        self.dispatcher = dispatcher
        self.faults = dispatcher.faults

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        path: str = environ.get("PATH_INFO", "")
        if path.startswith("/_control/"):
            order = path.removeprefix("/_control/")
            try:
                answer = self.obey(order, json.loads(read_body(environ) or b"{}"))
            except Exception:
                answer = {"error": traceback.format_exc()}
            return respond(start_response, "200 OK", answer)
        operation = name_operation(environ)
        if throttle := self.faults.count(operation):
            read_body(environ)
            return refuse(start_response, operation, throttle)
        return self.application(environ, start_response)

    def obey(self, order: str, given: dict[str, Any]) -> Any:
        """Carry out an order and return what it answers."""
        match order:
            case "calls":
                return dict(self.faults.calls)
            case "clear":
                self.faults.clear()
            case "throttle":
                self.faults.throttles.append(Throttle(**given))
            case "fault":
                fault = JobFault(**given)
                # A job that already runs meets it now, any other when it starts.
                if not self.dispatcher.hit(fault):
                    self.faults.jobs.append(fault)
            case "slots":
                self.dispatcher.set_slots(given["slots"])
            case "age":
                age_objects(**given)
            case "queue":
                make_queue(given["name"])
            case "image":
                self.dispatcher.images.names.update(given)
            case _:
                raise ValueError(f"no such order: {order}")
        return {}


def age_objects(bucket: str, prefix: str, seconds: float) -> None:
    """Have objects be written longer ago than they were."""
    found = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[bucket].keys
    for name, key in found.items():
        if name.startswith(prefix):
            key.last_modified -= datetime.timedelta(seconds=seconds)


def read_body(environ: dict[str, Any]) -> bytes:
    """Read all of a request, so that the connection can serve the next one."""
    # What came in chunks has its own end; anything else must not be read beyond its length.
    ended = environ.get("wsgi.input_terminated")
    content: bytes = environ["wsgi.input"].read(-1 if ended else int(environ.get("CONTENT_LENGTH") or 0))
    return content


def refuse(start_response: Callable[..., Any], operation: str, throttle: Throttle) -> Iterable[bytes]:
    """Answer as a service that gets too many requests."""
    status = f"{throttle.status} Refused"
    service = operation.partition(":")[0]
    if service in ("s3", "sts", "iam", "ec2"):
        text = f"<Error><Code>{throttle.code}</Code><Message>Refused by a test</Message></Error>"
        text = text if service == "s3" else f"<ErrorResponse>{text}</ErrorResponse>"
        start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(text)))])
        return [text.encode()]
    return respond(
        start_response,
        status,
        {"__type": throttle.code, "message": "Refused by a test"},
        ("x-amzn-ErrorType", throttle.code),
    )


def respond(
    start_response: Callable[..., Any], status: str, content: Any, *headers: tuple[str, str]
) -> Iterable[bytes]:
    """Answer with JSON."""
    body = json.dumps(content).encode()
    described = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(status, [*described, *headers])
    return [body]
