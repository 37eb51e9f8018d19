"""The arguments of a call survive the way to another process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import warm
from redun import File, task
from redun.errors import UnreadableValueError, UnserializableValueError
from redun.executors.remote.arguments import decode_arguments, encode_arguments

numpy = pytest.importorskip("numpy")


@task(namespace="arguments", version="1")
def align(reads: Any, *more: Any, depth: Any = 1) -> Any:
    return reads


def test_large_arrays_are_not_copied() -> None:
    array = numpy.arange(100_000.0)
    buffers = encode_arguments((array,), {"depth": [array[:50_000]]})
    assert [memoryview(buffer).nbytes for buffer in buffers[1:]] == [800_000, 400_000]
    assert numpy.shares_memory(numpy.frombuffer(buffers[1]), array)
    sent = [bytearray(buffer) for buffer in buffers]
    args, kwargs = decode_arguments(sent)
    assert numpy.shares_memory(args[0], numpy.frombuffer(sent[1]))
    assert (kwargs["depth"][0] == array[:50_000]).all()


def test_files_tasks_and_deep_values_arrive(tmp_path: Path) -> None:
    deep: Any = []
    for _ in range(50_000):
        deep = [deep]
    (file, partial), kwargs = decode_arguments(
        encode_arguments((File("a.txt"), align.partial(1)), {"deep": deep})
    )
    assert (file.path, partial.__class__.__name__) == ("a.txt", "PartialTask")
    assert len(kwargs["deep"]) == 1


def test_what_cannot_be_pickled_is_named() -> None:
    with pytest.raises(UnserializableValueError) as raised:
        encode_arguments((1, [sys.stdout]), {}, align)
    assert str(raised.value).startswith(
        "Argument `more[0]` of task arguments.align, a _io.TextIOWrapper, cannot be given to another process: "
        "TypeError: cannot pickle"
    ) or "`more[0]`" in str(raised.value)
    assert "executor='default'" in str(raised.value)


def test_an_argument_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "gone_class.py").write_text("class Gone:\n    pass\n")
    program = (
        "import sys; from gone_class import Gone\n"
        "from redun.executors.remote.arguments import encode_arguments\n"
        "sys.stdout.buffer.write(encode_arguments((Gone(),), {})[0])"
    )
    run = warm.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=True)
    with pytest.raises(UnreadableValueError, match="No module named 'gone_class'"):
        decode_arguments([run.stdout])


def test_a_task_given_as_an_argument_is_imported(tmp_path: Path) -> None:
    (tmp_path / "given_tasks.py").write_text(
        "from redun import task\n@task(namespace='given', version='1')\ndef one(x):\n    return x\n"
    )
    program = (
        "import sys; from given_tasks import one\n"
        "from redun.executors.remote.arguments import encode_arguments\n"
        "sys.stdout.buffer.write(encode_arguments((one,), {})[0])"
    )
    run = warm.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=True)
    with pytest.raises(UnreadableValueError, match=r"refers to a task: No task is named 'given\.one'"):
        decode_arguments([run.stdout], ["given_tasks_elsewhere"])
    sys.path.insert(0, str(tmp_path))
    try:
        (found,), _ = decode_arguments([run.stdout], ["given_tasks"])
    finally:
        sys.path.remove(str(tmp_path))
    assert found.fullname == "given.one"
