"""Which jobs are asked about, and what follows from the answers."""

from __future__ import annotations

from typing import Any

from redun_executor_batch.call import Call
from redun_executor_batch.flights import Flights
from redun_executor_batch.options import JobOptions

OPTIONS = JobOptions(image="tools:1", queue="spot")


def calls(parent: str, count: int) -> dict[int, Call]:
    return {index: Call(object(), OPTIONS, job_id=f"{parent}:{index}") for index in range(count)}  # type: ignore[arg-type]


def single(job_id: str) -> Call:
    return Call(object(), OPTIONS, job_id=job_id)  # type: ignore[arg-type]


def said(job_id: str, status: str, **counts: int) -> dict[str, Any]:
    found: dict[str, Any] = {"jobId": job_id, "status": status}
    if counts:
        found["arrayProperties"] = {"statusSummary": counts}
    return found


def test_a_single_job_runs_and_ends() -> None:
    flights, call = Flights(), single("s")
    flights.add("s", "", {0: call})
    assert flights.ids() == {"": ["s"]}
    assert flights.take_in(["s"], [said("s", "RUNNABLE")]).changed is False
    assert flights.take_in(["s"], [said("s", "RUNNING")]).begun == [call]
    assert flights.take_in(["s"], [said("s", "RUNNING")]).begun == []
    [(ended, _)] = flights.take_in(["s"], [said("s", "SUCCEEDED")]).ended
    assert ended is call
    assert not flights


def test_children_are_asked_about_only_when_counts_change() -> None:
    flights = Flights()
    flights.add("p", "", calls("p", 3), is_array=True)

    def look(**counts: int) -> list[str]:
        return flights.take_in(["p"], [said("p", "PENDING", **counts)]).children

    assert look(RUNNABLE=3) == []
    assert look(RUNNABLE=2, STARTING=1) == []
    assert look(RUNNABLE=2, RUNNING=1) == ["p:0", "p:1", "p:2"]
    assert look(RUNNABLE=2, RUNNING=1) == []
    sight = flights.take_in(["p:0", "p:1"], [said("p:0", "FAILED"), said("p:1", "RUNNING")])
    assert [call.job_id for call, _ in sight.ended] == ["p:0"]
    assert [call.job_id for call in sight.begun] == ["p:1"]
    assert look(RUNNING=2, FAILED=1) == ["p:1", "p:2"]


def test_when_the_array_has_ended_all_children_are_asked_about_whatever_the_counts() -> None:
    flights = Flights()
    flights.add("p", "", calls("p", 2), is_array=True)
    for _ in range(2):
        assert flights.take_in(["p"], [said("p", "FAILED", FAILED=2)]).children == ["p:0", "p:1"]


def test_what_is_to_be_dropped_is_found_while_it_waits() -> None:
    flights, members = Flights(), calls("p", 2)
    flights.add("p", "", members, is_array=True)
    for call in members.values():
        call.cancelled = True
    assert flights.take_in(["p"], [said("p", "PENDING", RUNNABLE=2)]).children == ["p:0", "p:1"]
    sight = flights.take_in(["p:0", "p:1"], [said("p:0", "RUNNABLE"), said("p:1", "RUNNING")])
    assert sight.waiting == [members[0]]
    assert flights.ids() == {"": ["p"]}


def test_a_job_that_batch_does_not_know_is_given_up_after_some_looks() -> None:
    flights, call = Flights(), single("s")
    flights.add("s", "", {0: call})
    for _ in range(4):
        assert flights.take_in(["s"], []).changed is False
    [(ended, description)] = flights.take_in(["s"], []).ended
    assert ended is call
    assert "does not know" in description["statusReason"]


def test_more_calls_may_join_an_array_that_is_followed() -> None:
    flights, members = Flights(), calls("p", 2)
    flights.add("p", "", {0: members[0]}, is_array=True)
    flights.take_in(["p"], [said("p", "PENDING", RUNNING=2)])
    flights.add("p", "", {1: members[1]}, is_array=True)
    assert flights.take_in(["p"], [said("p", "PENDING", RUNNING=2)]).children == ["p:0", "p:1"]
