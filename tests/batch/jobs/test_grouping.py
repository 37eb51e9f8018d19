"""Like calls wait for each other, and are divided into arrays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from redun_executor_batch.grouping import ArrayRule, Grouping


def sizes(rule: ArrayRule, count: int) -> list[int]:
    return [len(part) for part in rule.split(list(range(count)))]


def test_groups_are_divided() -> None:
    assert sizes(ArrayRule(smallest=5, largest=10), 23) == [10, 10, 1, 1, 1]
    assert sizes(ArrayRule(smallest=5, largest=10), 4) == [1] * 4
    assert sizes(ArrayRule(smallest=0), 3) == [1] * 3


def test_batch_takes_no_array_of_one() -> None:
    assert sizes(ArrayRule(smallest=1), 1) == [1]
    assert sizes(ArrayRule(smallest=1, largest=2), 3) == [2, 1]


@given(st.integers(0, 6), st.integers(2, 9), st.integers(0, 60))
def test_every_call_is_in_one_part(smallest: int, largest: int, count: int) -> None:
    parts = list(ArrayRule(smallest, largest).split(list(range(count))))
    assert sorted(call for part in parts for call in part) == list(range(count))
    assert all(len(part) <= largest for part in parts)


def test_a_group_is_complete_when_nothing_joined_it_for_a_while() -> None:
    rule, grouping = ArrayRule(smallest=2, stale_s=3.0), Grouping[str, int]()
    grouping.add("a", 1, rule, now=0.0)
    grouping.add("b", 9, rule, now=1.0)
    grouping.add("a", 2, rule, now=2.0)
    assert list(grouping.complete(now=3.9)) == []
    assert list(grouping.complete(now=4.0)) == [[9]]
    assert grouping.wait_s(now=4.5) == 0.5
    assert list(grouping.complete(now=5.0)) == [[1, 2]]
    assert grouping.wait_s(now=5.0) is None


def test_a_full_array_waits_for_nothing() -> None:
    rule, grouping = ArrayRule(smallest=2, largest=3, stale_s=3.0), Grouping[str, int]()
    for call in range(7):
        grouping.add("a", call, rule, now=0.0)
    assert list(grouping.complete(now=0.0)) == [[0, 1, 2], [3, 4, 5]]
    assert list(grouping.complete(now=3.0)) == [[6]]


def test_calls_can_be_taken_out() -> None:
    rule, grouping = ArrayRule(), Grouping[str, int]()
    grouping.add("a", 1, rule, now=0.0)
    grouping.add("b", 2, rule, now=0.0)
    assert grouping.remove(1)
    assert not grouping.remove(1)
    assert grouping.drop() == [2]
    assert grouping.wait_s(now=0.0) is None
