"""Named limits, cores and memory, as a workflow sees them."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from redun import catch, catch_all, task
from redun.errors import ConfigError, DryRunResult, SchedulerError
from redun.executors.thread import ThreadExecutor

redun_namespace = "limited"


def crowded(crowd: Any, **options: Any) -> Any:
    @task(name="crowded", version=str(options), **options)
    def body(n: int) -> int:
        with crowd.enter():
            time.sleep(0.005)
        return n

    return body


@pytest.mark.parametrize("limits", [["db"], ("db",), {"db": 1}, lambda attempt: ["db"]])
def test_an_undeclared_limit_has_capacity_one(make: Any, crowd: Any, limits: Any) -> None:
    assert make().run([crowded(crowd, limits=limits)(n) for n in range(8)]) == list(range(8))
    assert crowd.peak == 1


def test_a_declared_limit_is_used_up_and_not_exceeded(make: Any, crowd: Any) -> None:
    crowd.expected = 3
    make({"limits": {"db": "3"}}).run([crowded(crowd, limits={"db": 1})(n) for n in range(20)])
    assert crowd.peak == 3


def test_other_calls_are_not_held_up(make: Any, crowd: Any) -> None:
    gate = threading.Event()

    @task(version="1", limits=["db"])
    def holds() -> bool:
        return gate.wait(10)

    @task(version="1")
    def free() -> bool:
        gate.set()
        return True

    assert make().run([holds(), free()]) == [True, True]


def test_children_do_not_hold_the_units_of_the_parent(make: Any) -> None:
    @task(version="1", limits=["db"])
    def child(n: int) -> int:
        return n

    @task(version="1", limits=["db"])
    def parent() -> list[int]:
        return [child(n) for n in range(3)]

    assert make().run(parent()) == [0, 1, 2]


def test_units_come_back_once_when_what_the_body_returned_fails(make: Any, crowd: Any) -> None:
    @task(version="1")
    def fails(n: int) -> int:
        raise ValueError(n)

    @task(version="1", limits=["db"])
    def late(n: int) -> Any:
        return fails(n)

    @task(version="1")
    def recover(_: Exception) -> int:
        return -1

    limited = crowded(crowd, limits=["db"])

    @task(version="1")
    def then(_: Any) -> list[int]:
        return [limited(n) for n in range(10)]

    make().run(then(catch_all([late(n) for n in range(3)], ValueError, recover)))
    assert crowd.peak == 1


def test_more_than_the_capacity_is_an_error_at_once(make: Any) -> None:
    @task(version="1", limits={"db": 3})
    def greedy() -> int:
        return 1

    with pytest.raises(SchedulerError) as caught:
        make({"limits": {"db": "2"}}).run(greedy())
    assert str(caught.value) == (
        "Task limited.greedy asks for 3 units of the limit 'db', whose capacity is 2. "
        "Ask for less, or raise it: [limits] db = 3."
    )


def test_replayed_and_shared_calls_take_none(make: Any) -> None:
    @task(version="1", limits=["db"])
    def once(n: int) -> int:
        return n

    @task(version="1", limits=["db"], executor="nowhere")
    def elsewhere(n: int) -> int:
        return n

    scheduler = make()
    assert scheduler.run([once(1), once(1)]) == [1, 1]

    @task(version="1", limits=["db"])
    def again() -> list[int]:
        return [once(1), once(1)]

    assert scheduler.run(again()) == [1, 1]
    with pytest.raises(DryRunResult):
        scheduler.run([elsewhere(1), elsewhere(2)], dryrun=True)


def test_an_unknown_executor_gives_the_units_back(make: Any) -> None:
    @task(version="1", limits=["db"], executor="nowhere")
    def elsewhere(n: int) -> int:
        return n

    @task(version="1", limits=["db"])
    def here(error: Exception) -> str:
        return str(error)

    results = make().run([catch(elsewhere(n), Exception, here) for n in range(500)])
    assert "nowhere" in results[0]
    assert len(set(results)) == 1


def test_a_scheduler_can_be_used_again_after_a_failure(make: Any, crowd: Any) -> None:
    @task(version="1", limits=["db"])
    def fails(n: int) -> int:
        raise ValueError(n)

    scheduler = make()
    for _ in range(2):
        with pytest.raises(ValueError, match="0"):
            scheduler.run([fails(n) for n in range(5)])
    assert scheduler.run([crowded(crowd, limits=["db"])(n) for n in range(5)]) == [0, 1, 2, 3, 4]
    assert crowd.peak == 1


def test_what_runs_when_the_run_fails_is_recorded(make: Any) -> None:
    ran = []
    begun = threading.Event()

    @task(version="1")
    def slow() -> int:
        ran.append("slow")
        begun.set()
        time.sleep(0.1)
        return 1

    @task(version="1")
    def fails() -> int:
        begun.wait(5)
        raise ValueError("no")

    scheduler = make()
    with pytest.raises(ValueError, match="no"):
        scheduler.run([slow(), fails()])
    assert scheduler.run(slow()) == 1
    assert ran == ["slow"]


def test_calls_that_wait_for_units_are_not_begun_after_a_failure(make: Any) -> None:
    ran = []

    @task(version="1", limits=["db"])
    def fails_or_runs(n: int) -> int:
        ran.append(n)
        raise ValueError(n)

    with pytest.raises(ValueError, match="0"):
        make().run([fails_or_runs(n) for n in range(10)])
    assert ran == [0]


def test_an_async_task_that_holds_what_it_awaits_is_told_so(make: Any) -> None:
    @task(version="1", limits=["db"])
    def child() -> int:
        return 1

    @task(version="1", limits=["db"])
    async def parent() -> int:
        return await child()

    with pytest.raises(SchedulerError, match=r"limited.child waits for units .* await other calls"):
        make().run(parent())


@pytest.mark.parametrize("name", ["cores", "vcpus"])
def test_a_local_executor_counts_cores(make: Any, crowd: Any, name: str) -> None:
    section = {"executors.default": {"type": "local", name: "4"}}
    crowd.expected = 2
    make(section).run([crowded(crowd, vcpus=2)(n) for n in range(12)])
    assert crowd.peak == 2
    crowd.peak, crowd.expected = 0, 4
    make(section).run([crowded(crowd)(n) for n in range(12)])
    assert crowd.peak == 4


def test_a_local_executor_counts_memory(make: Any, crowd: Any) -> None:
    crowd.expected = 2
    make({"executors.default": {"type": "local", "memory": "1"}}).run(
        [crowded(crowd, memory="0.5")(n) for n in range(8)]
    )
    assert crowd.peak == 2


def test_more_memory_than_there_is_is_an_error_at_once(make: Any, crowd: Any) -> None:
    with pytest.raises(SchedulerError) as caught:
        make({"executors.default": {"type": "local", "memory": "8"}}).run(crowded(crowd, memory=16)(1))
    assert str(caught.value) == (
        "Task limited.crowded asks for 16 GB of memory, and executor 'default' has 8. "
        "Ask for less, or raise memory in [executors.default]."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cores": "many"}, r"\[executors.x\] cores must be a positive number, not 'many'"),
        ({"memory": "0"}, r"\[executors.x\] memory must be a positive number"),
        ({"cores": "1", "vcpus": "1"}, r"\[executors.x\] vcpus and cores mean the same; give one"),
    ],
)
def test_ill_formed_capacities(options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ThreadExecutor("x", options)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"limits": {"db": "two"}}, "'two' is no whole number"),
        ({"scheduler": {"retries": "-1"}}, "-1 is less than 0"),
        (
            {"scheduler": {"retry_on": "error, weather"}},
            "'weather' is neither a class of exceptions nor one of",
        ),
        ({"scheduler": {"timeout": "0"}}, "timeout must be a positive number"),
        ({"scheduler": {"keep_going": "maybe"}}, "'maybe' is neither .* nor true or false"),
    ],
)
def test_ill_formed_settings(make: Any, crowd: Any, section: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make(section).run(crowded(crowd)(1))
