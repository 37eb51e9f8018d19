"""The tasks one by one, and the workflow as a whole."""

from __future__ import annotations

import pytest
from conftest import Cluster
from primers import melting_temperature, nearest, pick
from redun import Scheduler

# The T7 promoter, with what follows it in many plasmids.
TEMPLATE = "TAATACGACTCACTATAGGGAGACCACAACGGTTTCCC"


def test_a_task_is_tested_like_a_function() -> None:
    # `func` is the function itself: no scheduler, no record.
    assert melting_temperature.func("TAATACGACTCACTATAGGG") == 47.7
    assert nearest.func(["A", "C", "G"], [40.0, 51.0, 53.0], wanted=52.0) == "C"


def test_a_task_refuses_what_is_no_dna() -> None:
    with pytest.raises(ValueError, match="ACGU is no DNA: U"):
        melting_temperature.func("ACGU")


@pytest.mark.usefixtures("cluster")
def test_the_workflow_picks_a_primer(scheduler: Scheduler) -> None:
    primer = scheduler.run(pick(TEMPLATE))
    assert primer in TEMPLATE
    assert melting_temperature.func(primer) == pytest.approx(50.0, abs=1.2)


@pytest.mark.usefixtures("cluster")
def test_the_workflow_fails_as_its_task_does(scheduler: Scheduler) -> None:
    with pytest.raises(ValueError, match="is no DNA: N"):
        scheduler.run(pick(TEMPLATE.replace("G", "N")))


def test_the_cluster_gets_what_it_should(scheduler: Scheduler, cluster: Cluster) -> None:
    scheduler.run(pick(TEMPLATE))
    assert cluster.submitted == ["melting_temperature"] * (len(TEMPLATE) - 17)
    assert cluster.memory == {8}


def test_another_temperature_costs_no_melting(scheduler: Scheduler, cluster: Cluster) -> None:
    scheduler.run(pick(TEMPLATE))
    known = len(cluster.submitted)
    scheduler.run(pick(TEMPLATE, wanted=56.0))
    assert len(cluster.submitted) == known
    scheduler.run(pick(TEMPLATE + "A"))
    assert len(cluster.submitted) == known + 1
