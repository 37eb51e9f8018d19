from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.errors import ConfigError, RecorderError, UnreadableValueError
from redun.filesystems import FileSystem
from redun.filesystems.errors import RedunOSError, RedunPermissionError
from redun.filesystems.local import LocalFileSystem
from redun.recorder.remote_values import RemoteValueStore
from redun.recorder.storing import Storing, Values
from redun.recorder.value_store import FolderValueStore

redun_namespace = "tests.storing"
runs: list[str] = []


@task
def letters(letter: str, count: int) -> str:
    runs.append(letter)
    return letter * count


@task
def both(count: int) -> list[str]:
    return [letters("a", count), letters("b", 10)]


def scheduler(folder: Path, **backend: object) -> Scheduler:
    options = {name: str(value) for name, value in backend.items()}
    return Scheduler(Config({"backend": {"db_uri": "sqlite:///redun.db", **options}}, configdir=str(folder)))


def run(folder: Path, count: int, **backend: object) -> list[str]:
    with scheduler(folder, **backend) as one:
        result: list[str] = one.run(both(count))
    return result


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def stored(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "redun.db")) as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM value WHERE store IS NOT NULL")
    return int(count)


@pytest.fixture(autouse=True)
def no_runs() -> None:
    runs.clear()


def test_values_of_a_kibibyte_go_to_the_folder_that_is_named(tmp_path: Path) -> None:
    expected = ["a" * 2_000, "b" * 10]
    assert run(tmp_path, 2_000, value_store_path="large") == expected
    # The list of both is large, too.
    assert len(files(tmp_path / "large")) == stored(tmp_path) == 2
    assert run(tmp_path, 2_000, value_store_path="large") == expected
    assert sorted(runs) == ["a", "b"]


def test_the_least_size_can_be_chosen(tmp_path: Path) -> None:
    run(tmp_path, 2_000, value_store_path="large", value_store_min_size=5_000)
    assert not (tmp_path / "large").exists()
    run(tmp_path, 6_000, value_store_path="large", value_store_min_size=5_000)
    assert len(files(tmp_path / "large")) == 2
    # Without a path it holds for the folder beside the database.
    run(tmp_path, 3_000, value_store_min_size=2_500)
    assert len(files(tmp_path / "values")) == 2


def test_a_payload_that_is_gone_or_damaged_is_made_anew(tmp_path: Path) -> None:
    expected = run(tmp_path, 2_000, value_store_path="large")
    for harm in ("gone", "damaged"):
        runs.clear()
        for file in files(tmp_path / "large"):
            file.unlink() if harm == "gone" else file.write_bytes(b"something else")
        assert run(tmp_path, 2_000, value_store_path="large") == expected
        assert runs == ["a"]
        runs.clear()
        assert run(tmp_path, 2_000, value_store_path="large") == expected
        assert runs == []


def test_what_lies_beside_the_database_is_read_after_a_value_store_was_named(tmp_path: Path) -> None:
    expected = run(tmp_path, 2_000, value_store_min_size=1_000)
    assert files(tmp_path / "values")
    assert run(tmp_path, 2_000, value_store_path="large") == expected
    assert sorted(runs) == ["a", "b"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"value_store_path": " "}, r"value_store_path.*it is empty"),
        ({"value_store_path": "nowhere://lab/values"}, r"(?s)value_store_path.*nowhere://lab/values"),
        ({"value_store_path": "large", "value_store_min_size": "many"}, r"value_store_min_size.*'many'"),
        ({"value_store_min_size": "-1"}, r"value_store_min_size.*-1 is less than 0"),
    ],
)
def test_options_that_cannot_be_are_refused(tmp_path: Path, options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        scheduler(tmp_path, **options).run(both(5))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "large").write_text("no folder")
    with pytest.raises(RecorderError, match=f"cannot write {tmp_path / 'large'}"):
        run(tmp_path, 2_000, value_store_path="large")


class Elsewhere(LocalFileSystem):
    """A file system whose files are below a folder, as another machine's might be."""

    scheme = "elsewhere"
    at_a_time = 4

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.refusals: list[OSError] = []
        self.together: threading.Barrier | None = None

    def _below(self, path: str) -> str:
        return str(self.folder / path.removeprefix("elsewhere://"))

    def open(self, path: str, mode: str = "r", encoding: str | None = None, **options: Any) -> Any:
        if "w" in mode and self.together is not None:
            self.together.wait(60)
        if "w" in mode and self.refusals:
            raise self.refusals.pop(0)
        return super().open(self._below(path), mode, encoding, **options)

    def isfile(self, path: str) -> bool:
        return super().isfile(self._below(path))


def row(key: int, payload: bytes | None, form: int = 2) -> tuple[Any, ...]:
    return (bytes([key]) * 20, "bytes", len(payload or b""), "", form, 0, payload)


def storing(filesystem: FileSystem, smallest: int = 100, meanwhile: Any = lambda: None) -> Storing:
    return Storing(Values(RemoteValueStore(filesystem, "elsewhere://lab/"), smallest), meanwhile)


def test_rows_are_divided_by_the_size_of_their_payload(tmp_path: Path) -> None:
    one = storing(Elsewhere(tmp_path))
    error = row(4, b"j" * 500, form=1)
    small, large = one.divide([row(1, b"x" * 99), row(2, b"y" * 100), row(3, None), error])
    # What is shown of errors stays where it can be read.
    assert small == [row(1, b"x" * 99), row(3, None), error]
    assert [(each.row[:6], each.row[6], each.found) for each in large] == [
        (row(2, b"y" * 100)[:6], f"02/{'02' * 19}", False)
    ]
    assert one.get(large[0].address) == b"y" * 100
    (again,) = one.divide([row(2, b"y" * 100)])[1]
    assert again.found
    assert one.still_there([again])
    (tmp_path / "lab" / again.address).unlink()
    assert not one.still_there([again])
    one.close()


def test_several_payloads_are_on_their_way_at_a_time(tmp_path: Path) -> None:
    filesystem = Elsewhere(tmp_path)
    filesystem.together = threading.Barrier(4)
    one = storing(filesystem)
    # Each waits for three others.
    _, large = one.divide([row(key, bytes(200)) for key in range(8)])
    assert len({each.address for each in large}) == 8
    one.close()


def test_signs_of_life_are_given_while_a_payload_takes_long(tmp_path: Path) -> None:
    filesystem = Elsewhere(tmp_path)
    filesystem.together = threading.Barrier(2)
    beaten = threading.Event()
    one = storing(filesystem, meanwhile=beaten.set)
    writing = threading.Thread(target=one.divide, args=([row(1, bytes(200))],))
    writing.start()
    assert beaten.wait(60)
    filesystem.together.wait(60)
    writing.join()
    one.close()


def test_what_passes_is_waited_for_and_what_does_not_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redun.recorder.storing._FIRST_PAUSE_S", 0.01)
    filesystem = Elsewhere(tmp_path)
    one = storing(filesystem)
    filesystem.refusals = [RedunOSError(111, "the server is away"), RedunOSError(110, "no answer")]
    ((large),) = one.divide([row(1, bytes(200))])[1]
    assert one.get(large.address) == bytes(200)
    assert "cannot write the value store elsewhere://lab: the server is away" in caplog.text
    filesystem.refusals = [RedunPermissionError(13, "not allowed")]
    with pytest.raises(RecorderError, match=r"elsewhere://lab: not allowed.*value_store_path"):
        one.divide([row(2, bytes(200)), row(3, bytes(200))])
    one.close()


def test_the_first_payload_waits_while_the_second_fails(tmp_path: Path) -> None:
    class Waiting(Future[Any]):
        def cancel(self) -> bool:
            return super().cancel() and not self.set_running_or_notify_cancel()

    class Reluctant(ThreadPoolExecutor):
        waiting = True

        def submit(self, *call: Any) -> Future[Any]:
            waiting, self.waiting = self.waiting, False
            return Waiting() if waiting else super().submit(*call)

    filesystem = Elsewhere(tmp_path)
    filesystem.refusals = [RedunPermissionError(13, "not allowed")]
    one = storing(filesystem)
    one._threads = Reluctant(1)
    with pytest.raises(RecorderError, match=r"elsewhere://lab: not allowed"):
        one.divide([row(1, bytes(200)), row(2, bytes(200))])
    one.close()


def test_a_payload_whose_store_nobody_named_cannot_be_read() -> None:
    one = Storing(Values(None), lambda: None)
    assert one.divide([row(1, bytes(2 << 20))]) == ([row(1, bytes(2 << 20))], [])
    with pytest.raises(UnreadableValueError, match=r"01{38}.* set value_store_path in section \[backend\]"):
        one.get(f"01/{'1' * 38}")


def test_a_file_of_another_disk_is_copied(tmp_path: Path, small_disk: Path) -> None:
    source = FolderValueStore(tmp_path / "values")
    address = source.put(bytes(20), b"content")
    target = FolderValueStore(small_disk / "values")
    with source.local(address) as file:
        target.take(file, address)
    assert target.get(address) == b"content"
    assert files(target.folder) == [target.folder / address]
