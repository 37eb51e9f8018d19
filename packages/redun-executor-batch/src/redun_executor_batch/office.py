"""All that talks to AWS, as the dispatcher has it done by other threads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from redun.executors.remote.exchange import Exchange
from redun.executors.remote.parcel import Parcel

from redun_executor_batch.adoption import Adoption
from redun_executor_batch.clients import clients_in
from redun_executor_batch.collecting import Collector
from redun_executor_batch.sending import Sender
from redun_executor_batch.sessions import Session

if TYPE_CHECKING:
    from redun.executors.base import Completion
    from redun.executors.equipment import Equipment

    from redun_executor_batch.adoption import Found
    from redun_executor_batch.call import Call
    from redun_executor_batch.clients import Clients
    from redun_executor_batch.collecting import Ended
    from redun_executor_batch.sending import Sent
    from redun_executor_batch.settings import Settings

__all__ = ["Office"]


class Office:
    """What an executor does at AWS; safe from any thread, nothing is done before the first call.

    Parameters
    ----------
    name : str
        The executor's.
    settings : Settings
    equipment : Equipment

    Attributes
    ----------
    ending : Event
        Set when there is no use in waiting for AWS any more.
    """

    def __init__(self, name: str, settings: Settings, equipment: Equipment) -> None:
        self.ending = Event()
        self._scratch = settings.scratch
        self._exchange = Exchange(
            settings.scratch, equipment, packaging=settings.packaging, python=settings.python
        )
        self._session = Session(settings.scratch)
        self._sender = Sender(name, self._exchange, self._session.id, self.clients_of, self.ending)
        self._collector = Collector(self._exchange, self.clients_of)
        self._others: Mapping[str, float] | None = None
        self._adoptions: dict[tuple[str | None, str, str], Adoption] = {}
        self._lock = Lock()

    def clients_of(self, region: str | None) -> Clients:
        """Return the clients of a region; None for that of the environment."""
        return clients_in(region)

    def earlier(self, calls: Sequence[Call]) -> dict[Call, Found]:
        """Return the jobs of earlier schedulers that compute calls.

        Parameters
        ----------
        calls : sequence of Call
            Of one queue and prefix.
        """
        options = calls[0].options
        place = (options.aws_region, options.queue, options.job_name_prefix)
        # Whoever comes while another thread looks has to wait for what it finds.
        with self._lock:
            if self._others is None:
                self._others = self._session.open()
            adoption = self._adoptions.get(place)
            if adoption is None:
                adoption = Adoption(
                    self.clients_of(place[0]), self._scratch, place[1], place[2], self._others
                )
                adoption.look()
                self._adoptions[place] = adoption
            if not adoption:
                return {}
            by_hash = {call.work.eval_hash.hex(): call for call in calls if _may_share(call)}
            return {by_hash[key]: found for key, found in adoption.take(by_hash).items()}

    def parcel_at(self, url: str) -> Parcel:
        """Return the parcel of a job that somebody else submitted."""
        return Parcel.at(url)

    def send(self, calls: Sequence[Call]) -> Sent:
        """Submit a job, or an array of like ones; see `Sender.send`."""
        return self._sender.send(calls)

    def collect(self, ended: Sequence[Ended]) -> Iterator[tuple[Call, Completion | None]]:
        """Yield how calls ended; see `Collector.collect`."""
        return self._collector.collect(ended)

    def terminate(self, region: str | None, job_ids: Sequence[str], reason: str) -> None:
        """End jobs."""
        self._sender.terminate(region, job_ids, reason)

    def close(self) -> None:
        """Take down that all is collected."""
        self._session.close()


def _may_share(call: Call) -> bool:
    """Tell whether the result of another execution will do: not if the task says that it may not be cached."""
    scope: Any = call.work.policy.options.get("cache_scope")
    return str(getattr(scope, "value", scope or "BACKEND")).upper() == "BACKEND"
