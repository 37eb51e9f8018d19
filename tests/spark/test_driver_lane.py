"""A cancel that comes while a thread of the lane is at any line of its way to a call, and from it to the next."""

from __future__ import annotations

import os
import threading
from itertools import count
from pathlib import Path
from threading import Event, Thread, get_ident
from types import FrameType
from typing import Any

import attrs
import pytest
from redun import task
from redun.executors.base import Inbox
from redun.executors.guardian import VARIABLE
from redun_executor_spark import driver
from redun_executor_spark.driver.lane import DriverLane
from redun_executor_spark.site import Site

redun_namespace = "driver_lane"

LANE = os.path.dirname(driver.__file__)
LOCKED_S = 0.05
"""How long the thread stays at a line for a cancel, which may have to wait for a lock that this very thread has."""


@task(script=True)
def nothing() -> str:
    return "true"


@attrs.frozen(eq=False)
class Call:
    begun: Event = attrs.field(factory=Event)
    task: Any = nothing
    policy: Any = None
    eval_hash: bytes = bytes(20)
    job_id: str = f"{0:032x}.1"

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (), {}

    def began(self) -> None:
        self.begun.set()


@attrs.define
class Attempt:
    """What became of a call that was cancelled at a line."""

    reached: bool = False
    begun_before: bool = False
    begun: bool = False
    causes: list[str] = attrs.field(factory=list)


def cancelled_at(line: int, folder: Path) -> Attempt:
    """Run a call, cancel it when the lane's thread has come to so many lines, and tell what became of it."""
    attempt, call, inbox = Attempt(), Call(), Inbox()
    lane = DriverLane("spark", Site("spark", {"max_workers": "1"}, str(folder)), inbox)
    lines = count(1)
    traced: list[int] = []

    def cancel() -> None:
        lane.cancel()
        attempt.begun_before = call.begun.is_set()

    canceller = Thread(target=cancel)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        traced[:] = traced or [get_ident()]
        if [get_ident()] != traced or not frame.f_code.co_filename.startswith(LANE):
            return None
        if event == "line" and next(lines) == line:
            attempt.reached = True
            canceller.start()
            canceller.join(LOCKED_S)
        return trace

    threading.settrace(trace)
    try:
        lane.submit([call])
    finally:
        threading.settrace(None)  # type: ignore[arg-type]
    found: list[Any] = []
    while not found:
        found += inbox.take(wait=True)
    lane.stop(wait=True)
    if attempt.reached:
        canceller.join()
    attempt.begun = call.begun.is_set()
    attempt.causes = [completion.cause for completion in found + inbox.take(wait=False)]
    return attempt


def test_no_cancel_misses_a_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "by nobody")
    for line in count(1):
        attempt = cancelled_at(line, tmp_path)
        if not attempt.reached:
            break
        assert attempt.begun == attempt.begun_before, line
        assert attempt.causes == ["" if attempt.begun else "cancelled"], line
    assert line > 10
