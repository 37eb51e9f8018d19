"""A network that delays, stalls, cuts and loses, between a run and its record."""

from __future__ import annotations

import itertools
import time

import pytest
from services.wire import Wire

from tests.postgres.faults.project import Project

# How the server says that a transaction is committed, and that rows are written.
COMMITTED = b"C\0\0\0\x0bCOMMIT\0"
INSERTED = b"INSERT 0 "


@pytest.mark.parametrize(
    "times", [pytest.param(7, marks=pytest.mark.slow), pytest.param(35, marks=pytest.mark.large)]
)
def test_all_troubles_in_turn(distant: Project, line: Wire, times: int) -> None:
    def late() -> None:
        line.latency = 0.03

    def slow() -> None:
        line.rate = 2_000_000

    def cut() -> None:
        line.clear()
        line.cut()

    def torn() -> None:
        line.cut_after(7)

    def refused() -> None:
        line.refuse()
        line.cut()
        time.sleep(1)
        line.clear()

    def stalled() -> None:
        line.stall()
        time.sleep(1.5)
        line.clear()

    def unheard() -> None:
        line.deafen()
        time.sleep(1)
        line.cut()
        line.clear()

    troubles = itertools.cycle([late, slow, cut, torn, refused, stalled, unheard])
    distant.disturb(lambda: next(troubles)(), times)


@pytest.mark.large
@pytest.mark.parametrize("answer", [COMMITTED, INSERTED])
def test_the_answer_to_a_step_is_lost(distant: Project, line: Wire, answer: bytes) -> None:
    distant.disturb(lambda: line.cut_at(answer), 8)
    assert line.cuts >= 1


@pytest.mark.large
def test_a_network_that_falls_silent(distant: Project, line: Wire) -> None:
    process = distant.start("run", "wf.py", "main", "--n", "4")
    distant.allow(2)
    distant.await_bodies(process, "link-1")
    line.stall()
    distant.allow(4)
    distant.await_that(process, lambda: "waiting for" in distant.told(process), "a message")
    line.clear()
    distant.assert_undisturbed(distant.finish(process), 4)
