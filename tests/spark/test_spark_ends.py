"""When the application of this process ends."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

import pytest
from redun_executor_spark import applications, launching
from redun_executor_spark.options import Application


class Pretended:
    """An application that takes as long to start as the test wants."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.stopped = False

    def alive(self) -> bool:
        return not self.stopped


def test_one_that_starts_when_its_executor_has_gone_ends_with_who_waited_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starting, go_on = Event(), Event()
    made: list[Pretended] = []

    def launch(application: Application, logs: Any) -> Pretended:
        starting.set()
        assert go_on.wait(60)
        made.append(Pretended(application))
        return made[-1]

    def stop(running: Pretended) -> None:
        running.stopped = True

    monkeypatch.setattr(launching, "launch", launch)
    monkeypatch.setattr(launching, "stop", stop)
    monkeypatch.setattr(applications, "_own", applications._Place())
    monkeypatch.setattr(applications, "_executors", 0)

    def call() -> None:
        with applications.use(Application()):
            pass

    applications.enter()
    thread = Thread(target=call, daemon=True)
    thread.start()
    assert starting.wait(60)
    applications.leave()
    go_on.set()
    thread.join(60)
    assert [running.stopped for running in made] == [True]

    # One that is to be kept is not ended by who comes later.
    applications.enter()
    call()
    applications.leave(keep=True)
    call()
    assert [running.stopped for running in made] == [True, False]
