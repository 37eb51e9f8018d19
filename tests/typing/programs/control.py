"""What type checkers make of running workflows, control flow, files and values."""

from __future__ import annotations

from typing import assert_type

from redun import Dir, File, Scheduler, catch, cond, run, seq, task


@task()
def write(path: str) -> File:
    file = File(path)
    file.write("text")
    return file


@task()
def size(file: File) -> int:
    return file.size()


@task()
def listed(folder: Dir) -> list[File]:
    return folder.files()


@task()
def on_error(error: ValueError) -> int:
    return 0


with Scheduler() as scheduler:
    assert_type(scheduler.run(size(write("a"))), int)
    assert_type(scheduler.run([size(write("a"))]), list[int])
assert_type(run(write("a")), File)

number: int = cond(size(write("a")) > 3, size(write("b")), 0)
rescued: int = catch(size(write("a")), ValueError, on_error)
many: list[int] = seq([size(write("a")), size(write("b"))])

size("a")  # refused
size(write(1))  # refused
scheduler.run()  # refused
wrong: str = run(size(write("a")))  # refused
listed(write("a"))  # refused
