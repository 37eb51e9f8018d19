"""The workflow of these tests: a chain with a few calls beside each link, and results that are large."""

from __future__ import annotations

import os
import time
from pathlib import Path

from redun import task

redun_namespace = "faults"


def note(word: str, key: str) -> None:
    # One write to a file opened for appending is whole, whoever else writes and whenever we are killed.
    descriptor = os.open("bodies.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{word} {key}\n".encode())
    os.close(descriptor)


def await_leave(number: int) -> None:
    # The test says how far the chain may go, so that it is not over before its troubles.
    leave = Path("leave")
    while not leave.exists() or int(leave.read_text()) <= number:
        time.sleep(0.01)


@task
def part(key: str, number: int) -> str:
    note("start", key)
    print("part", number)
    note("end", key)
    return key.upper()


@task
def large(key: str) -> bytes:
    note("start", key)
    return key.encode() * 300_000


@task
def size(key: str, data: bytes) -> int:
    note("start", key)
    return len(data)


@task
def link(key: str, before: int, number: int) -> int:
    note("start", key)
    await_leave(number)
    note("end", key)
    return before + 1


@task
def gather(key: str, parts: list, chain: int) -> list:
    note("start", key)
    return [chain, *parts]


@task
def step(key: str, number: int, total: int, chain: int):
    note("start", key)
    if number == total:
        return chain
    parts = [part(f"part-{number}-{i}", i) for i in range(3)]
    after = gather(f"gather-{number}", parts, link(f"link-{number}", chain, number))
    return step(f"step-{number + 1}", number + 1, total, first(f"first-{number}", after))


@task
def first(key: str, items: list) -> int:
    note("start", key)
    return items[0]


@task
def main(n: int) -> list:
    return [step("step-0", 0, n, 0), [size(f"size-{i}", large(f"large-{i}")) for i in range(4)]]
