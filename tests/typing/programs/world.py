"""What type checkers make of files, scripts and handles."""

from __future__ import annotations

import sqlite3
from typing import assert_type

from redun import ContentFile, Dir, File, FileSet, Handle, IFile, merge_handles, script, sh, task
from redun.file import StagingDir, StagingFile


class Warehouse(Handle):
    def __init__(self, name: str, path: str) -> None:
        self.instance = sqlite3.connect(path)


@task()
def load(warehouse: Warehouse, day: int) -> Warehouse:
    warehouse.execute("INSERT INTO sale VALUES (?)", (day,))
    return warehouse


@task()
def count(file: File) -> int:
    assert_type(file.read(), str)
    assert_type(file.read("rb"), bytes)
    assert_type(file.readlines(), list[str])
    with file.open("rb") as stream:
        return len(stream.read())


@task(script=True)
def lines(path: str) -> str:
    return sh("wc -l {}", path)


assert_type(File("a").stage("b"), StagingFile)
assert_type(Dir("a").stage(), StagingDir)
assert_type(Dir("a").files(), list[File])
assert_type([file.path for file in FileSet("*.txt")], list[str])
assert_type(File("a").copy_to(File("b")), File)
assert_type(script("date"), bytes)
file: File = script(sh("sort {}", File("a")), inputs=[File("a")], outputs=File("b"))
assert_type(count(IFile("a")), int)
assert_type(count(ContentFile("a")), int)

warehouse = Warehouse("sales", "sales.db")
assert_type(warehouse, Warehouse)
assert_type(load(warehouse, 1), Warehouse)
assert_type(merge_handles([warehouse.fork("a"), load(warehouse, 2)]), Warehouse)

count("a")  # refused
File(1)  # refused
File("a").write(3)  # refused
load(File("a"), 1)  # refused
Warehouse(1)  # refused
script(3)  # refused
wrong: str = script("date")  # refused
