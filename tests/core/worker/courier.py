"""An executor that does with a scratch folder and processes what others do with containers and services."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from threading import Thread
from typing import Any

import warm
from redun import register_executor
from redun.errors import JobLostError
from redun.executors.base import Completion, Inbox, Work
from redun.executors.equipment import Equipment
from redun.executors.remote.exchange import Exchange
from redun.executors.remote.parcel import ArrayParcel, Parcel


@register_executor("courier")
class Courier:
    """Runs each call, or with `array` all calls of a batch, by a worker of its own.

    `between` is told of each parcel before its worker starts, `during` of the worker when it has.
    """

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name = name
        self.options = options
        self.python = options.get("python", sys.executable)
        self.between: Callable[[Parcel | ArrayParcel], None] = lambda parcel: None
        self.during: Callable[[subprocess.Popen[str]], None] = lambda process: None
        self.completions: list[Completion] = []
        self.prefix: list[str] = []
        self.arguments: list[str] = []
        self.environment: dict[str, str] = {}
        self.ended: list[subprocess.CompletedProcess[str]] = []
        self.sent: list[Parcel] = []
        self.manifest: Callable[[dict[str, Any]], dict[str, Any]] = lambda manifest: manifest
        self.folder: str | None = None

    def equip(self, equipment: Equipment) -> None:
        self.exchange = Exchange(
            self.options["scratch"],
            Equipment(equipment.config, equipment.root, lambda: self.manifest(dict(equipment.manifest()))),
            packaging=self.options if self.options.get("code_package") else None,
            python=self.python,
            heartbeat_s=float(self.options.get("heartbeat", 60)),
        )

    def start(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.threads: list[Thread] = []

    def submit(self, works: Sequence[Work]) -> None:
        target = self._run_array if self.options.get("array") else self._run
        self.threads.append(Thread(target=target, args=(list(works),)))
        self.threads[-1].start()

    def _run(self, works: list[Work]) -> None:
        for work in works:
            try:
                parcel = self.exchange.send(work)
            except Exception as error:
                self.inbox.failed(work, error)
                continue
            self._start(parcel)
            self.sent.append(parcel)
            self._deliver(work, self.exchange.collect(parcel, work))

    def _run_array(self, works: list[Work]) -> None:
        try:
            parcel = self.exchange.send_array(works)
        except Exception as error:
            for work in works:
                self.inbox.failed(work, error)
            return
        self._start(parcel)
        self.sent += parcel.parcels
        pairs = list(zip(parcel.parcels, works, strict=True))
        for work, found in zip(works, self.exchange.collect_many(pairs), strict=True):
            self._deliver(work, found)

    def _start(self, parcel: Parcel | ArrayParcel) -> None:
        self.between(parcel)
        hidden = self.options.get("hide")
        if hidden:
            # The worker is on another machine, as far as it can tell.
            os.rename(hidden, f"{hidden}.hidden")
        try:
            self._wait(parcel)
        finally:
            if hidden:
                os.rename(f"{hidden}.hidden", hidden)

    def _wait(self, parcel: Parcel | ArrayParcel) -> None:
        environment = {**os.environ, **parcel.environment, **self.environment}
        process = warm.Popen(
            [*self.prefix, *parcel.command, *self.arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        )
        self.during(process)
        stdout, stderr = process.communicate()
        self.ended.append(subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr))

    def _deliver(self, work: Work, found: Completion | None) -> None:
        if found is None:
            last = self.ended[-1]
            error = JobLostError(f"exit code {last.returncode}: {last.stderr.strip()}")
            found = Completion(work, None, error, "lost")
        self.completions.append(found)
        self.inbox.put(found)

    def cancel(self) -> None:
        pass

    def stop(self, *, wait: bool = True) -> None:
        for thread in self.threads:
            thread.join()
