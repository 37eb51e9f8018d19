"""The scratch folder, by which jobs get to containers and results come back."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

from redun.errors import FileSystemError
from redun.executors.remote.exchange import Exchange
from redun.executors.remote.script_job import collect_script, send_script

from redun_executor_docker.volumes import Volume

if TYPE_CHECKING:
    from redun.executors.base import Completion, Work
    from redun.executors.equipment import Equipment
    from redun.executors.remote.parcel import Parcel

__all__ = ["Scratch", "scratch_of"]


def scratch_of(given: Any, equipment: Equipment, folder: str) -> str:
    """Return the scratch folder: a URL, or an absolute path.

    Parameters
    ----------
    given : str or None
        What the section says.
    equipment : Equipment
    folder : str
        What a relative path is relative to.
    """
    if given:
        text = os.path.expanduser(str(given))
        return text if "://" in text else os.path.normpath(os.path.join(folder, text))
    if equipment.config.configdir is not None:
        return os.path.join(folder, "scratch")
    return os.path.join(gettempdir(), f"redun-docker-{os.getuid()}")


class Scratch:
    """Takes jobs to containers and brings results back.

    Parameters
    ----------
    url : str
    equipment : Equipment
    section : mapping
        The executor's: how code is packed, and how the image's Python is called.

    Attributes
    ----------
    url : str
    volumes : tuple of Volume
        What containers must see for that.
    """

    def __init__(self, url: str, equipment: Equipment, section: Mapping[str, Any]) -> None:
        self.url = url
        self.volumes: Sequence[Volume] = () if "://" in url else (Volume(url, url),)
        self._exchange = Exchange(
            url, equipment, packaging=section, python=str(section.get("python") or "python3")
        )

    def send(self, work: Work) -> Parcel:
        """Write down what is to be done."""
        if self.volumes:
            os.makedirs(self.url, exist_ok=True)
        return send_script(work, self.url) if work.task.script else self._exchange.send(work)

    def admit(self, parcel: Parcel, user: str, *, rootless: bool) -> None:
        """Let a container's user write what became of a job.

        Parameters
        ----------
        parcel : Parcel
        user : str
            As the engine is told it; "" for root.
        rootless : bool
            The engine's root is this process' user.
        """
        uid = user.partition(":")[0]
        if not self.volumes or uid in ("", "root", "0") or (uid == str(os.getuid()) and not rootless):
            return
        if uid.isdigit() and os.getuid() == 0 and not rootless:
            os.chown(parcel.url, int(uid), -1)
        else:
            os.chmod(parcel.url, 0o777)

    def collect(self, parcel: Parcel, work: Work) -> Completion | None:
        """Return the result; None if there is none."""
        if work.task.script:
            return collect_script(parcel, work)
        return self._exchange.collect(parcel, work)

    def discard(self, parcel: Parcel) -> None:
        """Remove what was sent and what came back."""
        # A container's user may have made files that are not ours to remove.
        with suppress(FileSystemError):
            self._exchange.discard(parcel)
