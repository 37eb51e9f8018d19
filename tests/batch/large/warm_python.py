"""A Python that has imported the worker already, so that a thousand jobs can be run by a test.

Each job is a process of its own all the same, which runs the worker on what lies in the scratch; it is forked from one
that has done the imports, in place of being started. `warm_image` makes a folder like that of a virtual environment.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PROGRAM = """#!{python} -IS
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server.connect({path!r})
asked = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
socket.send_fds(server, [asked], [1, 2])
sys.exit(int(server.recv(16)))
"""
LONGEST = 1 << 17


@contextlib.contextmanager
def warm_image(venv: Path, folder: Path) -> Iterator[Path]:
    """Yield a folder whose `bin/python3` is the Python of a virtual environment, warm."""
    python, path = venv / "bin" / "python", str(folder / "socket")
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "python3"
    program.write_text(PROGRAM.format(python=python, path=path))
    program.chmod(0o755)
    server = subprocess.Popen([python, __file__, path])
    try:
        while not os.path.exists(path):
            assert server.poll() is None
            time.sleep(0.05)
        yield folder
    finally:
        server.kill()
        server.wait()


def serve(path: str) -> None:
    """Fork a worker for each program that asks."""
    import boto3
    import redun.session
    import redun.worker.bodies
    import redun.worker.command
    import redun.worker.supervisor  # noqa: F401
    import redun_fs_s3.filesystem  # noqa: F401
    from botocore.loaders import JSONFileLoader

    # Descriptions of services, which each process would read for half a second.
    JSONFileLoader.load_file = functools.cache(JSONFileLoader.load_file)
    boto3.session.Session().client("s3", region_name="us-east-1")

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(path)
    listener.listen(64)
    while True:
        client = listener.accept()[0]
        if os.fork() == 0:
            listener.close()
            work(client)
        client.close()


def work(client: socket.socket) -> None:
    """Be the process of one job."""
    from redun.worker.command import main

    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked, streams, _, _ = socket.recv_fds(client, LONGEST, 2)
    (_, _, *arguments), environment, folder = json.loads(asked)
    for number, stream in enumerate(streams, 1):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    main_process = os.getpid()
    code = main(arguments)
    # The worker forks, too; what it returns in the other process is that one's exit code.
    if os.getpid() == main_process:
        client.send(str(code).encode())
    os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])
