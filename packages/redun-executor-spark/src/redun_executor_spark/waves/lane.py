"""Worker mode: the lane of the executor that sends calls to the workers of Spark."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
from redun.config import Config
from redun.executors.equipment import Equipment

from redun_executor_spark.applications import use
from redun_executor_spark.connected import Connected
from redun_executor_spark.current import running_here
from redun_executor_spark.options import SESSION, SUBMIT
from redun_executor_spark.waves.crew import Crew
from redun_executor_spark.waves.orders import Orders

if TYPE_CHECKING:
    from redun.executors.base import Inbox, Work

    from redun_executor_spark.options import Application
    from redun_executor_spark.running import Running
    from redun_executor_spark.site import Site
    from redun_executor_spark.waves.carrier import Carrier

__all__ = ["WaveLane"]

_REMEMBERED = 1000


class WaveLane:
    """Sends calls to the workers of Spark, those for each application by a thread of its own.

    Parameters
    ----------
    name : str
        The executor's name.
    site : Site
        Its section, and the project.
    inbox : Inbox
        Where results go.
    """

    def __init__(self, name: str, site: Site, inbox: Inbox) -> None:
        self._name = name
        self._site = site
        self._inbox = inbox
        equipment = site.equipment or Equipment(Config(), os.getcwd(), dict)
        self._manifest = equipment.manifest()
        self._orders = Orders(equipment, site.section)
        self._crews: dict[tuple[Application, Running | None], Crew] = {}
        self._known: dict[int, tuple[Mapping[str, Any], Application]] = {}

    def submit(self, works: Sequence[Work]) -> None:
        """Take calls."""
        within = running_here()
        by_application: dict[Application, list[Work]] = {}
        for work in works:
            try:
                by_application.setdefault(self._application(work), []).append(work)
            except Exception as error:
                self._inbox.failed(work, error)
        for application, ours in by_application.items():
            crew = self._crews.get((application, within))
            if crew is None:
                crew = self._crews[application, within] = self._started(application, within)
            crew.submit(ours)

    def cancel(self) -> None:
        """Cancel what has not ended."""
        for crew in self._crews.values():
            crew.cancel()

    def abandon(self, work: Work) -> None:
        """Want nothing of a call any more."""
        for crew in self._crews.values():
            crew.abandon(work)

    def stop(self, *, wait: bool) -> None:
        """End; with `wait`, once all calls have come back."""
        crews, self._crews = list(self._crews.values()), {}
        for crew in crews:
            if wait:
                crew.close()
            else:
                crew.abort()
        if wait:
            for crew in crews:
                crew.join()
            self._orders.close()

    def _application(self, work: Work) -> Application:
        """Return the application that a call's options ask for; calls of one task mostly share these."""
        options = work.policy.options
        known = self._known.get(id(options))
        if known is None or known[0] is not options:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            application = self._site.options_of(work).application
            if application.submit == SUBMIT:
                # Waves need an application of this process, on the same master.
                application = attrs.evolve(application, submit=SESSION, deploy_mode="client")
            known = self._known[id(options)] = options, application
        return known[1]

    def _started(self, application: Application, within: Running | None) -> Crew:
        site = self._site
        # What nobody has set need not be shared with the workers.
        scratch = site.scratch if site.section.get("scratch") else None
        use = partial(_carrier, application, site.logs, within, self._manifest, site.history)
        crew = Crew(self._name, use, self._orders, self._inbox, scratch)
        crew.start()
        return crew


@contextmanager
def _carrier(
    application: Application,
    logs: str | None,
    within: Running | None,
    manifest: Mapping[str, Any],
    history: str,
) -> Iterator[Carrier]:
    with use(application, logs=logs, within=within) as running:
        if isinstance(running, Connected):
            yield running.carrier(manifest, history)
            return
        from redun_executor_spark.waves.rdd import carrier_of

        yield carrier_of(running, manifest, history)
