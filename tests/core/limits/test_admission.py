"""Who gets units, in which order, at which cost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redun.scheduler.admission import OVERTAKEN, Admission, Impossible, Request

pytestmark = pytest.mark.slow


def test_units_are_taken_and_given_back_exactly() -> None:
    admission: Admission[int] = Admission({"memory": 1})
    held = [admission.ask(n, {"memory": 0.1}) for n in range(10)]
    assert all(held)
    assert admission.ask(10, {"memory": 0.1}) is None
    served = [one for request in held if request for one in admission.give_back(request)]
    assert [one.holder for one in served] == [10]
    admission.give_back(served[0])
    assert admission.ask(11, {"memory": 1}) is not None


def test_undeclared_has_capacity_one() -> None:
    admission: Admission[str] = Admission()
    assert admission.ask("a", {"db": 1})
    assert admission.ask("b", {"db": 1}) is None


def test_impossible_is_refused_at_once() -> None:
    with pytest.raises(Impossible) as caught:
        Admission({"db": 2}).ask("a", {"db": 3})
    assert (caught.value.resource, caught.value.units, caught.value.capacity) == ("db", 3, 2)


def test_smaller_ones_overtake_but_a_big_one_has_its_turn() -> None:
    admission: Admission[str] = Admission({"db": 2})
    running = [admission.ask("first", {"db": 1}), admission.ask("second", {"db": 1})]
    assert admission.ask("big", {"db": 2}) is None
    for n in range(100):
        assert admission.ask(f"small {n}", {"db": 1}) is None
    order = []
    while running:
        request = running.pop(0)
        assert request is not None
        served = admission.give_back(request)
        order += [one.holder for one in served]
        running += served
    assert order.index("big") == OVERTAKEN
    assert [name for name in order if name != "big"] == [f"small {n}" for n in range(100)]


def test_a_new_request_does_not_pass_one_that_has_its_turn() -> None:
    admission: Admission[str] = Admission({"db": 2})
    holders = [admission.ask("a", {"db": 1})]
    assert admission.ask("big", {"db": 2}) is None
    for n in range(OVERTAKEN):
        small = admission.ask(f"small {n}", {"db": 1})
        assert small is not None
        assert admission.give_back(small) == []
    assert admission.ask("late", {"db": 1}) is None
    assert holders[0] is not None
    assert [one.holder for one in admission.give_back(holders[0])] == ["big"]


def test_those_that_want_something_else_are_not_held_up() -> None:
    admission: Admission[str] = Admission({"a": 1, "b": 1})
    assert admission.ask("holds a", {"a": 1})
    for n in range(1000):
        assert admission.ask(f"wants a {n}", {"a": 1}) is None
    assert admission.ask("wants b", {"b": 1}) is not None


def test_the_cost_of_a_completion_does_not_grow_with_those_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    lacking = Admission._lacking

    def counted(self: Admission[int], request: Request[int]) -> object:
        nonlocal looks
        looks += 1
        return lacking(self, request)

    monkeypatch.setattr(Admission, "_lacking", counted)
    costs = []
    for waiting in (100, 10_000):
        admission: Admission[int] = Admission({"memory": 1000, "vcpus": 4})
        # Each asks for something else: no two share a line.
        held = [admission.ask(-n, {"vcpus": 1, "memory": 1}) for n in range(4)]
        for n in range(waiting):
            assert admission.ask(n, {"vcpus": 1, "memory": 1 + n / 100}) is None
        looks = 0
        request = held[0]
        for _ in range(50):
            assert request is not None
            (request,) = admission.give_back(request)
        costs.append(looks)
    assert costs[1] <= costs[0] + 200


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(1, 4), min_size=1), min_size=1, max_size=60),
    st.randoms(use_true_random=False),
)
def test_everybody_is_served_once_and_nothing_is_overdrawn(
    demands: list[dict[str, int]], random: object
) -> None:
    capacities = {"a": 4, "b": 5, "c": 7}
    admission: Admission[int] = Admission(capacities)
    holding: list[Request[int]] = []
    served: list[int] = []
    todo = list(enumerate(demands))
    while todo or holding:
        if todo and (not holding or random.random() < 0.6):  # type: ignore[attr-defined]
            number, demand = todo.pop(0)
            request = admission.ask(number, demand)
            new = [request] if request is not None else []
        else:
            new = admission.give_back(holding.pop(random.randrange(len(holding))))  # type: ignore[attr-defined]
        holding += new
        served += [request.holder for request in new]
        for name, capacity in capacities.items():
            assert sum(demands[request.holder].get(name, 0) for request in holding) <= capacity
    assert sorted(served) == list(range(len(demands)))
