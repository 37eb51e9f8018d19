"""What type checkers make of async tasks: a call stands for what its body returns in the end."""

from __future__ import annotations

import asyncio
from typing import assert_type

from redun import Scheduler, awaitable, task


@task()
def score(x: float) -> float:
    return x * x


@task()
def name(x: int) -> str:
    return str(x)


@task
async def both(x: int) -> str:
    number = await awaitable(score(x))
    assert_type(number, float)
    left, right = await asyncio.gather(awaitable(score(x)), awaitable(name(x)))
    assert_type(left, float)
    assert_type(right, str)
    whole = await awaitable({"a": [score(1), score(2)]})
    assert_type(whole, dict[str, list[float]])
    await name(1)  # refused
    return right


@task(version="1", memory=4)
async def pair(x: int) -> tuple[int, str]:
    return x, await awaitable(both(x))


number, text = pair(1)
assert_type(number, int)
assert_type(text, str)
assert_type(both(1), str)
assert_type(Scheduler().run(both(1)), str)
assert_type(name(pair(1)[0]), str)

both("a")  # refused
pair()  # refused
wrong: int = both(1)  # refused
