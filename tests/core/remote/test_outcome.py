"""How a call ended survives the way to another process and back."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from redun import File, Handle, Scheduler, catch, task
from redun.executors.base import Completion, Inbox
from redun.executors.output import output_of
from redun.executors.perform import perform, seal_result
from redun.executors.remote.outcome import decode_outcome, encode_outcome
from redun.recorder.batch import OutputStream
from redun.value.payload import Payload
from redun.value.seal import seal
from redun.value.traceback_text import user_traceback

numpy = pytest.importorskip("numpy")


@attrs.frozen
class Call:
    """What `perform` wants of a work."""

    task: Any
    args: tuple[Any, ...] = ()
    eval_hash: bytes = bytes(20)

    def began(self) -> None: ...

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return self.args, {}


@task(namespace="outcomes", version="1")
def give(value: Any) -> Any:
    return value


def there_and_back(value: Any) -> Completion:
    work = Call(give, (value,))
    completion = perform(work)
    assert completion.error is None
    # As another process gets them: copies, which may be written to.
    sent = [bytearray(buffer) for buffer in encode_outcome(completion)]
    return decode_outcome(work, sent)


@pytest.mark.parametrize(
    "value",
    [1, None, "text", b"raw", [1, {"a": (2.5, {3})}], b"x" * 2_000_000, "y" * 2_000_000],
    ids=lambda value: repr(value)[:20],
)
def test_values_are_sealed_as_in_this_process(value: Any) -> None:
    found = there_and_back(value)
    here, there = seal(value), found.sealed
    assert there is not None
    assert there.value == value
    for name in ("hash", "type_name", "size", "preview", "format", "flags"):
        assert getattr(there, name) == getattr(here, name), name
    assert bytes(there.payload) == bytes(here.payload)
    assert found.started > 0
    assert found.ended >= found.started


def test_large_arrays_travel_in_their_own_buffers() -> None:
    array = numpy.arange(1_000_000.0)
    buffers = encode_outcome(seal_result(Call(give), {"a": array}, 1, 2))
    assert len(buffers[0]) < 2_000
    assert numpy.shares_memory(numpy.frombuffer(buffers[-1]), array)
    sent = [bytearray(buffer) for buffer in buffers]
    sealed = decode_outcome(Call(give), sent).sealed
    assert sealed is not None
    assert isinstance(sealed.payload, Payload)
    assert numpy.shares_memory(numpy.frombuffer(sent[-1]), sealed.value["a"])
    sealed.value["a"][0] = 5
    assert seal({"a": array}).hash == sealed.hash


def test_middling_arrays_can_be_written_to() -> None:
    sealed = there_and_back(numpy.zeros(20_000)).sealed
    assert sealed is not None
    sealed.value[0] = 1
    assert bytes(sealed.payload) == bytes(seal(numpy.zeros(20_000)).payload)


def test_files_are_seen_where_the_body_ran(tmp_path: Path) -> None:
    file = File(str(tmp_path / "a.txt"))
    file.write("one")
    outside = there_and_back([file]).sealed
    assert outside is not None
    assert [part.type_name for part in outside.parts] == ["redun.File"]
    assert outside.hash == seal([file]).hash
    assert outside.value[0].read() == "one"


class Conn(Handle):
    def __init__(self, name: str) -> None:
        self.instance = None


def test_handles_come_back_in_the_state_after_the_call() -> None:
    before = Conn("conn")
    sealed = there_and_back(before).sealed
    assert sealed is not None
    assert sealed.value.__handle__.hash != before.__handle__.hash
    assert sealed.hash == seal(Conn("conn"), call=bytes(20)).hash


def test_outputs_and_tags_come_along() -> None:
    outputs = (output_of(OutputStream.STDOUT, b"printed"),)
    completion = Completion(Call(give), seal(1), None, "", 1, 2, outputs, [("peak_memory", 5)])
    found = decode_outcome(Call(give), encode_outcome(completion))
    assert list(found.outputs) == list(outputs)
    assert found.tags == [("peak_memory", 5)]


class Custom(Exception):
    """Its pickle cannot be read: unpickling gives `__init__` one argument."""

    def __init__(self, sample: str, depth: int) -> None:
        super().__init__(f"{sample} at {depth}")
        self.sample = sample


def failing(error: BaseException) -> BaseException:
    def body() -> None:
        raise error

    completion = perform(Call(task(namespace="outcomes", version="1")(body)))
    found = decode_outcome(Call(give), [bytes(buffer) for buffer in encode_outcome(completion)])
    assert found.sealed is None
    assert found.cause == "error"
    assert found.error is not None
    return found.error


def test_an_error_comes_back_with_its_traceback_and_notes() -> None:
    error = ValueError("no reads")
    error.add_note("in lane 3")
    found = failing(error)
    assert (type(found), str(found), found.__notes__) == (ValueError, "no reads", ["in lane 3"])
    assert "raise error" in user_traceback(found)
    assert __file__ in user_traceback(found)


def test_an_error_whose_init_wants_more_keeps_its_class() -> None:
    found = failing(Custom("s1", 3))
    assert isinstance(found, Custom)
    assert (str(found), found.sample) == ("s1 at 3", "s1")


def test_what_cannot_be_pickled_in_an_error_is_left_out() -> None:
    error = ValueError("broken", lambda: 0)
    error.stream = sys.stdout
    found = failing(error)
    assert type(found) is ValueError
    assert "('broken', <function " in str(found)
    assert not hasattr(found, "stream")


def test_an_error_of_a_class_that_is_not_here_is_shown_by_name() -> None:
    class Hidden(Exception):
        pass

    found = failing(Hidden("at 92 degrees"))
    name = "test_an_error_of_a_class_that_is_not_here_is_shown_by_name.<locals>.Hidden"
    assert f"{type(found).__module__}.{type(found).__qualname__}".endswith(name)
    assert str(found) == "at 92 degrees"
    assert str(pickle.loads(pickle.dumps(found))) == "at 92 degrees"


def test_what_caused_an_error_comes_along() -> None:
    try:
        try:
            raise KeyError("lane")
        except KeyError as cause:
            raise Custom("s1", 1) from cause
    except Custom as raised:
        found = failing(raised)
    assert isinstance(found.__cause__, KeyError)
    assert "direct cause" in user_traceback(found)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_what_ends_a_process_fails_the_job_alone(error: BaseException) -> None:
    assert type(failing(error)) is type(error)


def test_calls_of_tasks_that_are_unknown_here_are_imported(tmp_path: Path) -> None:
    (tmp_path / "lane_tasks.py").write_text(
        "from redun import task\n@task(namespace='lanes', version='1')\ndef count(x):\n    return x + 1\n"
    )
    program = (
        "import sys; from lane_tasks import count; from redun.value.seal import seal\n"
        "from redun.executors.base import Completion; from redun.executors.remote.outcome import encode_outcome\n"
        "[only] = encode_outcome(Completion(None, seal([count(1)])))\n"
        "sys.stdout.buffer.write(only)"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=True)
    unread = decode_outcome(Call(give), [run.stdout])
    assert "No task is named 'lanes.count'" in str(unread.error)
    assert "outcomes.give" in str(unread.error)
    sys.path.insert(0, str(tmp_path))
    try:
        sealed = decode_outcome(Call(give), [run.stdout]).sealed
    finally:
        sys.path.remove(str(tmp_path))
    assert sealed is not None
    assert sealed.lazy
    assert repr(sealed.value) == "[lanes.count(1)]"


class Elsewhere:
    """An executor that sends every outcome through buffers."""

    def __init__(self, name: str) -> None:
        self.name = name

    def start(self, inbox: Inbox) -> None:
        self.inbox = inbox

    def submit(self, works: Any) -> None:
        for work in works:
            self.inbox.put(decode_outcome(work, encode_outcome(perform(work))))

    def cancel(self) -> None: ...

    def stop(self, *, wait: bool = True) -> None: ...


@task(namespace="outcomes", version="1", executor="elsewhere")
def fail_oddly() -> None:
    class Hidden(Exception):
        pass

    raise Hidden("at 92 degrees")


@task(namespace="outcomes", version="1", executor="elsewhere")
def recover(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


@task(namespace="outcomes", version="1", executor="elsewhere")
def unpack() -> list[Any]:
    return [give(2), give([3])]


def test_a_workflow_recovers_from_an_error_of_an_absent_class() -> None:
    with Scheduler(executors={"elsewhere": Elsewhere("elsewhere")}) as scheduler:
        assert scheduler.run(catch(fail_oddly(), Exception, recover)) == "Hidden: at 92 degrees"
        assert scheduler.run(unpack()) == [2, [3]]
