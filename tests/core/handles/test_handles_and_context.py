"""Handles beside contexts."""

from __future__ import annotations

from redun import Handle, Scheduler, get_context, task


class Store(Handle):
    def __init__(self, name: str) -> None:
        self.instance = name


@task(namespace="handles_and_context", version="1")
def put(store: Store, key: str = get_context("store.key", "a")) -> str:
    return f"{store.instance}/{key}"


def test_a_call_with_a_handle_takes_defaults_from_its_own_context(scheduler: Scheduler) -> None:
    store = Store("s")
    calls = [put(store), put.update_context(store={"key": "b"})(store)]
    assert scheduler.run(calls) == ["s/a", "s/b"]
