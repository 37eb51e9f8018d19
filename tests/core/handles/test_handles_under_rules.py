"""Handles of calls that limits, retries or timeouts apply to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from redun import Handle, Scheduler, task

redun_namespace = "etl_rules"


class Ledger(Handle):
    def __init__(self, name: str) -> None:
        self.instance = name


@pytest.mark.parametrize(
    "options", [{}, {"retries": 1}, {"limits": ["ledger"]}, {"timeout": 60}], ids=lambda options: str(options)
)
def test_running_again_undoes_what_followed(reopen: Callable[[], Scheduler], options: dict[str, Any]) -> None:
    ran: list[str] = []

    def run(version: str) -> list[str]:
        @task(name="load", version=version, **options)
        def load(ledger: Ledger) -> Ledger:
            ran.append(f"load{version}")
            return ledger

        @task(name="post", version="1", **options)
        def post(ledger: Ledger) -> Ledger:
            ran.append("post")
            return ledger

        @task(name="book", version="1")
        def book() -> Any:
            return post(load(Ledger("book")))

        ran.clear()
        reopen().run(book())
        return list(ran)

    assert run("1") == ["load1", "post"]
    assert run("1") == []
    assert run("2") == ["load2", "post"]
    # The old code again: what it did has been overwritten since.
    assert run("1") == ["load1", "post"]
    assert run("1") == []
