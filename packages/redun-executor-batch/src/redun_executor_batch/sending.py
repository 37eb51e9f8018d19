"""Submitting calls: the job definition, the parcel, the request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import TYPE_CHECKING

import attrs
from redun.errors import ExecutorError
from redun.executors.remote.script_job import send_script
from redun.logging import logger

from redun_executor_batch import definitions
from redun_executor_batch.array_calls import write_calls
from redun_executor_batch.denials import is_about_definition
from redun_executor_batch.sessions import VARIABLE
from redun_executor_batch.submission import Submission, job_name, submit_request
from redun_executor_batch.tags import batch_tags

if TYPE_CHECKING:
    from redun.executors.remote.exchange import Exchange
    from redun.executors.remote.parcel import Parcel

    from redun_executor_batch.call import Call
    from redun_executor_batch.clients import Clients

__all__ = ["Sender", "Sent", "short_id"]


@attrs.frozen
class Sent:
    """A job that was submitted.

    Attributes
    ----------
    job_id : str
    parcels : tuple of Parcel
        One for each call.
    """

    job_id: str
    parcels: tuple[Parcel, ...]


def short_id(job_id: str) -> str:
    """Return the id of a job as reports show it.

    Examples
    --------
    >>> short_id("3f9a2b1c3f9a2b1c3f9a2b1c3f9a2b1c.17")
    '3f9a2b1c.17'
    """
    execution, _, number = job_id.partition(".")
    return f"{execution[:8]}.{number}"


class Sender:
    """Sends calls and submits their jobs; safe from any thread.

    Parameters
    ----------
    name : str
        The executor's.
    exchange : Exchange
    session : str
        Id of the session that the jobs belong to.
    clients_of : callable
        From a region to its clients.
    ending : Event
        Set when there is no use in waiting any more.
    """

    def __init__(
        self,
        name: str,
        exchange: Exchange,
        session: str,
        clients_of: Callable[[str | None], Clients],
        ending: Event,
    ) -> None:
        self._name = name
        self._exchange = exchange
        self._session = session
        self._clients_of = clients_of
        self._ending = ending
        self._submissions: dict[str | None, Submission] = {}
        self._lock = Lock()

    def send(self, calls: Sequence[Call]) -> Sent:
        """Submit one call as a job, several like ones as an array.

        Raises
        ------
        RedunError
            Nothing was submitted.
        """
        first = calls[0]
        options, clients = first.options, self._clients_of(first.options.aws_region)
        array = len(calls) > 1
        definition = definitions.ensure(clients, options, options.image)
        if array:
            shipment = self._exchange.send_array([call.work for call in calls])
            url, command, environment = shipment.url, shipment.command, shipment.environment
            parcels = tuple(shipment.parcels)
            write_calls(url, [call.work for call in calls], parcels)
        else:
            if first.work.task.script:
                parcel = send_script(first.work, self._exchange.scratch)
            else:
                parcel = self._exchange.send(first.work)
            url, command, environment = parcel.url, parcel.command, parcel.environment
            parcels = (parcel,)
        request = submit_request(
            job_name(options.job_name_prefix, first.work.eval_hash, array=array),
            definition,
            options,
            command,
            {**environment, VARIABLE: self._session},
            batch_tags(clients, options, first.work, array=array),
            array_size=len(calls) if array else 0,
        )
        submission = self._submission(options.aws_region)
        try:
            job_id = submission.submit(request, url)
        except ExecutorError as error:
            if not is_about_definition(error.__cause__):
                raise
            # Somebody has deregistered it since it was looked for.
            definitions.forget(clients, definition)
            request["jobDefinition"] = definitions.ensure(clients, options, options.image)
            job_id = submission.submit(request, url)
        what = f"{len(calls)} jobs" if array else f"job {short_id(first.work.job_id)}"
        logger.info(
            "Executor[%s]: submit redun %s (%s) as AWS Batch job %s: queue=%s, scratch=%s",
            self._name,
            what,
            first.work.task.fullname,
            job_id,
            options.queue,
            url,
        )
        return Sent(job_id, parcels)

    def terminate(self, region: str | None, job_ids: Sequence[str], reason: str) -> None:
        """End jobs; what cannot be ended is told to the log."""
        batch = self._clients_of(region).get("batch")
        for job_id in job_ids:
            try:
                batch.terminate_job(jobId=job_id, reason=reason)
            except Exception as error:
                logger.warning(
                    "Executor[%s]: the AWS Batch job %s cannot be terminated: %s", self._name, job_id, error
                )

    def _submission(self, region: str | None) -> Submission:
        with self._lock:
            if region not in self._submissions:
                self._submissions[region] = Submission(self._clients_of(region), self._ending)
            return self._submissions[region]
