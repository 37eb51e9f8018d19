"""Where the jobs of one start of the executor run: the engine, and what they share there."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex
from threading import Thread
from typing import Any

from redun.errors import ExecutorError

from redun_executor_docker.container import Container
from redun_executor_docker.engine import Engine
from redun_executor_docker.environment import AwsCredentials
from redun_executor_docker.gpus import Gpus
from redun_executor_docker.guardian import Guardian
from redun_executor_docker.images import Images
from redun_executor_docker.leftovers import remove_orphans
from redun_executor_docker.owner import OWNER, SESSION, owner

__all__ = ["Site"]


class Site:
    """The engine, its images, and who looks after the containers.

    Parameters
    ----------
    host : str or None
        Address of the engine.
    gpus : int or None
        How many it has.

    Attributes
    ----------
    engine : Engine
    images : Images
    credentials : AwsCredentials
    gpus : Gpus
    guardian : Guardian
    labels : dict
        Labels of all containers.
    """

    def __init__(self, host: str | None, gpus: int | None) -> None:
        self.engine = Engine(host)
        self.images = Images(self.engine)
        self.credentials = AwsCredentials()
        self.gpus = Gpus(gpus)
        session = token_hex(8)
        self.labels = {OWNER: owner(), SESSION: session}
        self.guardian = Guardian(self.engine.host, session)
        Thread(target=self._tidy, name="redun-docker-tidy", daemon=True).start()

    def container(self, arguments: Mapping[str, Any], task: str) -> Container:
        """Make a container for a task."""
        return Container(self.engine, self.guardian, arguments, task)

    def _tidy(self) -> None:
        try:
            with self.engine.speaking():
                remove_orphans(self.engine.client)
        except ExecutorError:
            return  # jobs will meet the same, and say so

    def close(self) -> None:
        """Leave; what could not be removed, the guardian removes."""
        self.guardian.dismiss()
        self.engine.close()
