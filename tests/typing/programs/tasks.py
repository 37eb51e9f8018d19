"""What type checkers make of tasks: a decorated task keeps its signature, a lazy result passes for its value.

Lines marked as refused must be refused; every other line must be accepted.
"""

from __future__ import annotations

from typing import Any, assert_type

from redun import File, PartialTask, Task, cond, task


@task
def inc(x: int) -> int:
    """Add one."""
    return x + 1


@task(version="1", memory=4, limits=["gpu"])
def name(x: int, *, prefix: str = "n") -> str:
    return f"{prefix}{x}"


@task()
def both(x: int, y: str = "") -> tuple[int, str]:
    return x, y


@task(nout=2)
def halves(values: list[int]) -> list[list[int]]:
    middle = len(values) // 2
    return [values[:middle], values[middle:]]


class Tools:
    @staticmethod
    @task()
    def read(file: File) -> str:
        return str(file.read())


@task()
def workflow(count: int) -> dict[str, Any]:
    # A lazy result stands wherever its value is wanted.
    total: int = inc(inc(count))
    label = name(inc(1), prefix="a")
    number, text = both(1, label)
    first, second = halves([inc(1), inc(2)])
    assert_type(total, int)
    assert_type(label, str)
    assert_type(number, int)
    assert_type(text, str)
    assert_type(inc(1) + inc(2), int)
    assert_type(halves([1])[0], list[int])
    assert_type(Tools.read(File("a")), str)
    return {"total": total, "label": label, "first": first, "second": second}


unary: Task[[int], int] = inc
assert_type(inc.options(memory=8)(1), int)
assert_type(inc.func(1), int)
partial: PartialTask[str] = name.partial(1)
assert_type(partial(), str)


def keeps_parameters() -> None:
    inc("a")  # refused
    inc()  # refused
    inc(1, 2)  # refused
    inc(y=1)  # refused
    name(1, "positional")  # refused
    both(1, 2)  # refused
    text: str = inc(1)  # refused
    print(text)
    inc(name(1))  # refused


def takes_functions(mapper: Task[[int], int]) -> int:
    return mapper(1)


takes_functions(inc)
takes_functions(Tools.read)  # refused
chosen = cond(inc(1) == 2, inc(3), inc(4))
