"""An executor whose workers see of the project what the scratch folder holds, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from redun import register_executor
from redun.errors import JobLostError
from redun.executors.base import Inbox, Work
from redun.executors.equipment import Equipment
from redun.executors.remote.exchange import Exchange


@register_executor("carrier")
class Carrier:
    """Runs the calls of a batch by workers in another folder, all at once, while the project is not there."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name, self.options = name, options

    def equip(self, equipment: Equipment) -> None:
        self.root = equipment.root
        self.exchange = Exchange(
            self.options["scratch"], equipment, packaging=self.options, python=sys.executable
        )

    def start(self, inbox: Inbox) -> None:
        self.inbox = inbox

    def submit(self, works: Sequence[Work]) -> None:
        sent = []
        for work in works:
            try:
                sent.append((self.exchange.send(work), work))
            except Exception as error:
                self.inbox.failed(work, error)
        os.rename(self.root, f"{self.root}.hidden")
        try:
            with ThreadPoolExecutor() as threads:
                ended = list(threads.map(lambda pair: self._run(*pair), sent))
        finally:
            os.rename(f"{self.root}.hidden", self.root)
        for (parcel, work), process in zip(sent, ended, strict=True):
            found = self.exchange.collect(parcel, work)
            if found is None:
                self.inbox.failed(work, JobLostError(process.stderr), cause="lost")
            else:
                self.inbox.put(found)

    def _run(self, parcel: Any, work: Work) -> subprocess.CompletedProcess[str]:
        # Neither the folder that it is started in nor the environment leads to the project.
        environment = {"PATH": os.environ["PATH"], "TMPDIR": self.options["temporary"], **parcel.environment}
        python, *rest = parcel.command
        return subprocess.run([python, "-I", *rest], cwd="/", env=environment, capture_output=True, text=True)

    def cancel(self) -> None:
        pass

    def stop(self, *, wait: bool = True) -> None:
        pass
