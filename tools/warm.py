"""Start programs of this Python in a process that has already imported what they will import.

A test of a command that runs for a tenth of a second would else pay several times that for the start of Python. A
server forks a child for every program; the child gets the arguments, environment, folder, standard streams and session
that it would have had, and is a process of its own, ended and waited for as any other:

    with warm.Popen([sys.executable, "workflow.py"], stdout=PIPE, text=True) as process: ...
    warm.run(["redun", "run", "workflow.py"], check=True)

A server of your own is for another interpreter, and for programs that need more than redun: `Popen(…, server=…)`.

What cannot be had this way starts as usual: other interpreters and programs, options of Python but `-c` and `-m`,
variables that Python reads as it starts, systems other than Linux. Use `subprocess` itself where the start is what is
tested, where a process is looked for by its command line, or where memory is measured.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import functools
import gc
import importlib
import inspect
import io
import json
import linecache
import os
import pkgutil
import runpy
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

# What commands and workflows import as they need it.
PRELOADED = (
    *("redun", "redun_cli", "redun_backend_postgres", "pluggy"),
    *("alembic.command", "sqlalchemy.dialects.sqlite"),
    *("concurrent.futures.thread", "importlib.metadata", "runpy", "tempfile"),
)
# What is looked for in `sys.modules` to learn what a workflow uses, and what brings large libraries.
LEFT_OUT = (
    *("redun.handle", "redun.scheduler.merging", "redun.task.secrets", "redun.value.frames"),
    *("redun.backends", "redun.testing", "redun.pytest", "redun.glue"),
)
# The child makes up for these; other variables that Python reads as it starts must be the server's.
MADE_UP_FOR = {"PYTHONPATH", "PYTHONUNBUFFERED"}
READ_AT_START = ("PYTHON", "LANG", "LC_", "LD_", "COVERAGE_")
STATUS = struct.Struct("=ii")


class Popen(subprocess.Popen[Any]):
    """A child process as of `subprocess.Popen`, forked from the server where that differs in time alone."""

    _status: socket.socket | None = None

    def __init__(self, *arguments: Any, server: Server | None = None, **options: Any) -> None:
        self._server = server
        super().__init__(*arguments, **options)

    def _execute_child(self, *given: Any) -> None:
        # Typeshed does not know it; its arguments are the ones of every supported Python.
        start = super()._execute_child  # type: ignore[misc]
        call = inspect.signature(start).bind(*given).arguments
        forks = self._server or server()
        program = program_of(call, forks)
        if program is None:
            start(*given)
            return
        request = {
            **program,
            "folder": os.path.abspath(os.fsdecode(call["cwd"] or ".")),
            "environment": dict(os.environ if call["env"] is None else call["env"]),
            "new_session": bool(call["start_new_session"]),
        }
        pipes = [call["p2cread"], call["c2pwrite"], call["errwrite"]]
        streams = [number if pipe == -1 else pipe for number, pipe in enumerate(pipes)]
        self._status, theirs = socket.socketpair()
        with theirs:
            self.pid = forks.start(request, [*streams, theirs.fileno()], self._status)
        self._child_created = True
        ends = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(call[end] for end in ends))  # type: ignore[attr-defined]

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if self._status is None:
            return super()._try_wait(wait_flags)  # type: ignore[misc, no-any-return]
        wait = socket.MSG_DONTWAIT if wait_flags & os.WNOHANG else socket.MSG_WAITALL
        try:
            answer = self._status.recv(STATUS.size, wait)
        except BlockingIOError:
            return 0, 0
        self._status.close()
        if not answer:
            raise RuntimeError(f"the server that started {self.args!r} is gone")
        return STATUS.unpack(answer)

    def _internal_poll(self, *given: Any, **named: Any) -> int | None:
        if self._status is None:
            return super()._internal_poll(*given, **named)  # type: ignore[misc, no-any-return]
        # Somebody else may be waiting already.
        if self.returncode is None and self._waitpid_lock.acquire(False):  # type: ignore[attr-defined]
            try:
                pid, status = self._try_wait(os.WNOHANG) if self.returncode is None else (0, 0)
                if pid == self.pid:
                    self._handle_exitstatus(status)  # type: ignore[attr-defined]
            finally:
                self._waitpid_lock.release()  # type: ignore[attr-defined]
        return self.returncode


def run(
    args: Sequence[str | os.PathLike[str]],
    *,
    input: str | bytes | None = None,  # noqa: A002  the name that subprocess.run has
    capture_output: bool = False,
    timeout: float | None = None,
    check: bool = False,
    **options: Any,
) -> subprocess.CompletedProcess[Any]:
    """Run a program to its end, as `subprocess.run` does."""
    if input is not None:
        options["stdin"] = subprocess.PIPE
    if capture_output:
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with Popen(args, **options) as process:
        try:
            stdout, stderr = process.communicate(input, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    if check and process.returncode:
        raise subprocess.CalledProcessError(process.returncode, args, stdout, stderr)
    return subprocess.CompletedProcess(args, process.returncode, stdout, stderr)


def program_of(call: Mapping[str, Any], forks: Server) -> dict[str, Any] | None:
    """Return what of the server's Python to run, or None if a new interpreter has to."""
    unusual = ("preexec_fn", "executable", "shell", "pass_fds", "gid", "gids", "uid")
    if sys.platform != "linux" or any(call[name] for name in unusual) or call["umask"] >= 0:
        return None
    if call["process_group"] != -1 or isinstance(call["args"], str | bytes | os.PathLike):
        return None
    environment = os.environ if call["env"] is None else call["env"]
    if read_at_start(environment) != forks.read_at_start:
        return None
    words = [os.fsdecode(word) for word in call["args"]]
    if any(Path(folder, "sitecustomize.py").exists() for folder in python_path(environment)):
        return None
    if words[0] == forks.python and len(words) > 1:
        if words[1] == "-c" and len(words) > 2:
            return {"code": words[2], "argv": ["-c", *words[3:]], "words": words}
        if words[1] == "-m" and len(words) > 2:
            return {"module": words[2], "argv": ["-m", *words[3:]], "words": words}
        if words[1].startswith("-"):
            return None
        return {"script": words[1], "argv": words[1:], "words": words}
    if script := installed_script(words[0], environment.get("PATH", ""), forks.python):
        return {"script": script, "argv": [script, *words[1:]], "words": [forks.python, script, *words[1:]]}
    return None


def read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that decide how Python starts."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(READ_AT_START) and name not in MADE_UP_FOR
    }


def python_path(environment: Mapping[str, str]) -> list[str]:
    """Return the folders of PYTHONPATH, as Python puts them into `sys.path`."""
    given = environment.get("PYTHONPATH", "")
    return list(dict.fromkeys(map(os.path.abspath, given.split(os.pathsep)))) if given else []


@functools.cache
def installed_script(name: str, path: str, python: str) -> str | None:
    """Return the file of a command that runs in that Python."""
    found = shutil.which(name, path=path)
    if found is None or Path(found).parent != Path(python).parent:
        return None
    with open(found, "rb") as file:
        return found if file.readline() == f"#!{python}\n".encode() else None


class Server:
    """The process that forks, seen from the one that asks it to.

    Parameters
    ----------
    python
        The interpreter.
    environment
        What it starts in; its programs have environments of their own.
    modules
        What they import besides redun, if it is installed.
    """

    def __init__(
        self,
        python: str = sys.executable,
        environment: Mapping[str, str] = os.environ,
        modules: Sequence[str] = (),
    ) -> None:
        self.python = python
        self.read_at_start = read_at_start(environment)
        self._lock = threading.Lock()
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [python, __file__, str(theirs.fileno()), *modules],
                env=environment,
                # The folder of a test goes with the test.
                cwd="/",
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self.close)

    def start(self, request: Mapping[str, Any], streams: list[int], status: socket.socket) -> int:
        """Have a child forked; return its process id."""
        with self._lock:
            socket.send_fds(self._requests, [json.dumps(request).encode()], streams)
            pid, _ = STATUS.unpack(status.recv(STATUS.size, socket.MSG_WAITALL))
        return int(pid)

    def close(self) -> None:
        self._requests.close()
        self._process.wait()


@functools.cache
def server() -> Server:
    """Return the server of this process, started when it is first asked for."""
    return Server()


def serve(number: int, modules: Sequence[str]) -> Callable[[], None]:
    """Fork children until the requests end; return, in each child, the program that it has to run."""
    # The terminal sends it to all in the foreground; this one ends when its requests do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    preload(modules)
    gc.collect()
    gc.freeze()
    requests = socket.socket(fileno=number)
    children: dict[int, tuple[int, socket.socket]] = {}
    watched = select.poll()
    watched.register(requests, select.POLLIN)
    while True:
        for ready, _ in watched.poll():
            if ready != requests.fileno():
                watched.unregister(ready)
                pid, status = children.pop(ready)
                os.close(ready)
                with status:
                    tell(status, *os.waitpid(pid, 0))
                continue
            message, streams, _, _ = socket.recv_fds(requests, 1 << 20, 4)
            if not message:
                os._exit(0)
            pid = os.fork()
            if pid == 0:
                requests.close()
                for handle, (_, status) in children.items():
                    os.close(handle)
                    status.close()
                return become(json.loads(message), streams)
            status = socket.socket(fileno=streams.pop())
            for stream in streams:
                os.close(stream)
            handle = os.pidfd_open(pid)
            children[handle] = pid, status
            watched.register(handle, select.POLLIN)


def preload(modules: Sequence[str] = ()) -> None:
    """Import what programs will."""
    names = [*PRELOADED, *modules]
    while names:
        name = names.pop()
        if name.startswith(LEFT_OUT):
            continue
        # A part may not be installed, or lack what it can do without.
        with contextlib.suppress(ImportError):
            module = importlib.import_module(name)
            parts = pkgutil.iter_modules(getattr(module, "__path__", ()) if name.startswith("redun") else ())
            names += [f"{name}.{part.name}" for part in parts if part.name != "__main__"]


def tell(status: socket.socket, pid: int, code: int) -> None:
    # Nobody may be waiting any more.
    with contextlib.suppress(BrokenPipeError):
        status.sendall(STATUS.pack(pid, code))


def become(request: Mapping[str, Any], streams: list[int]) -> Callable[[], None]:
    """Make this child what a new interpreter would be; return the program that it has to run."""
    status = socket.socket(fileno=streams.pop())
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for stream in streams:
        os.close(stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if request["new_session"]:
        os.setsid()
    # Whoever started it can now send signals to it, or to its session.
    with status:
        tell(status, os.getpid(), 0)
    os.chdir(request["folder"])
    own_paths = len(python_path(os.environ))
    os.environ.clear()
    os.environ.update(request["environment"])
    open_streams(write_through=bool(os.environ.get("PYTHONUNBUFFERED")))
    sys.orig_argv, sys.argv = request["words"], request["argv"]
    sys.excepthook = show_exception
    program = types.ModuleType("__main__")
    program.__dict__["__builtins__"] = builtins
    if script := request.get("script"):
        program.__file__ = os.path.abspath(script)
        first = str(Path(script).resolve().parent)
    elif "module" in request:
        first = os.getcwd()
    else:
        first = ""
    sys.path[:] = [first, *python_path(os.environ), *sys.path[1 + own_paths :]]

    preloaded = frozenset(sys.modules) - {"__main__"}

    def run_program() -> None:
        sys.modules["__main__"] = program
        try:
            if "module" in request:
                # What `python -m` itself does.
                runpy._run_module_as_main(request["module"])  # type: ignore[attr-defined]
            elif script:
                exec(compile(Path(script).read_bytes(), script, "exec"), program.__dict__)
            else:
                exec(compiled(request["code"]), program.__dict__)
        except SystemExit as raised:
            exited = raised.code or 0
        else:
            exited = 0
        # Threads that still run may be interrupted, and a text is to be printed: the interpreter knows how.
        if not isinstance(exited, int) or not 0 <= exited < 256 or threading.active_count() > 1:
            sys.exit(exited)
        end(exited, preloaded)

    return run_program


def end(code: int, preloaded: frozenset[str]) -> None:
    """End this child as an interpreter ends, but for taking down what was there before it.

    That would take longer than many a program: memory that is shared with the server is copied to be freed.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    # Files that the program left open are written when the last reference to them goes.
    lasting = type | types.FunctionType | types.BuiltinFunctionType | types.ModuleType
    for name in sys.modules.keys() - preloaded:
        namespace = getattr(sys.modules[name], "__dict__", {})
        for known in list(namespace):
            if not known.startswith("__") and not isinstance(namespace[known], lasting):
                namespace[known] = None
    gc.collect()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(code)
    os._exit(code)


def show_exception(
    kind: type[BaseException], error: BaseException, trace: types.TracebackType | None
) -> None:
    """Print an exception that ends the program, without what stands between it and the interpreter here."""
    while trace and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    sys.__excepthook__(kind, error.with_traceback(trace), trace)


def compiled(text: str) -> types.CodeType:
    """Compile a text as that of `python -c`, whose lines newer Pythons know."""
    if sys.version_info >= (3, 13):
        lines = [line + "\n" for line in text.splitlines()]
        linecache.cache["<string>"] = (len(text) + 1, None, lines, "<string>")
    return compile(text, "<string>", "exec")


def open_streams(write_through: bool) -> None:
    """Open the standard streams as an interpreter does."""
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        old = getattr(sys, name)
        raw = io.FileIO(number, "r" if number == 0 else "w", closefd=False)
        raw.name = f"<{name}>"
        unbuffered = write_through and number > 0
        stream = io.TextIOWrapper(
            raw if unbuffered else io.BufferedWriter(raw) if number else io.BufferedReader(raw),
            encoding=old.encoding,
            errors=old.errors,
            line_buffering=raw.isatty() or (number == 2 and not write_through),
            write_through=unbuffered,
        )
        stream.mode = "r" if number == 0 else "w"  # type: ignore[misc]
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


if __name__ == "__main__":
    # Not from within a function: the program ends, by whatever it raises, as the interpreter does.
    serve(int(sys.argv[1]), sys.argv[2:])()
