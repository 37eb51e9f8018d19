"""Threads, forks and new processes."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from redun.file import File
from redun_fs_s3.filesystem import S3FileSystem
from services.endpoint import Endpoint


def take(environment: dict[str, str]) -> None:
    os.environ.update(environment)


def write_and_read(path: str) -> str:
    File(path).write(path)
    return File(path).read()


def test_threads(bucket: str) -> None:
    files = S3FileSystem()
    paths = [f"{bucket}/{number}" for number in range(40)]

    def work(path: str) -> str:
        with files.open(path, "w") as stream:
            stream.write(path)
        return str(files.open(path).read())

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, paths)) == paths


@pytest.mark.parametrize("endpoint", ["moto"], indirect=True)
@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_processes(bucket: str, endpoint: Endpoint, method: str) -> None:
    # The parent has a connection already, which a fork must not use.
    paths = [f"{bucket}/{number}" for number in range(6)]
    assert write_and_read(paths[0]) == paths[0]
    # A fork server keeps the environment that it was started in.
    given = {"initializer": take, "initargs": (endpoint.environment(),)}
    with ProcessPoolExecutor(2, multiprocessing.get_context(method), **given) as processes:
        assert list(processes.map(write_and_read, paths)) == paths


def test_streams_and_forks(bucket: str) -> None:
    data = os.urandom(4 << 20)
    file = File(f"{bucket}/x")
    with file.open("wb") as writer:
        writer.write(data)
        child = os.fork()
        if not child:
            # The parent's stream is none of the child's business.
            writer.close()
            os._exit(0)
        os.waitpid(child, 0)
        writer.write(b"end")
    with file.open("rb") as reader:
        assert reader.read(10) == data[:10]
        child = os.fork()
        if not child:
            os._exit(0 if reader.read() == data[10:] + b"end" else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert reader.read() == data[10:] + b"end"
