"""A program started in a warm process behaves as one started in a new interpreter."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import warm

PYTHON = [sys.executable, "-c"]
REDUN = Path(sys.executable).with_name("redun")
STREAMS = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}

ENDINGS = {
    "paths": "import sys; print(sys.path, sys.argv, sys.orig_argv[1:]); sys.exit(3)",
    "exception": "def f(): 1 / 0\nf()",
    "source": "import inspect, sys\ndef f(): pass\nif sys.version_info >= (3, 13): print(inspect.getsource(f))",
    "interrupt": "raise KeyboardInterrupt",
    "message": "raise SystemExit('no such thing')",
    "signal": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "threads": "import atexit, threading, time\n"
    "atexit.register(print, 'at exit')\n"
    "threading.Thread(target=lambda: (time.sleep(0.2), print('thread'))).start()\n"
    "print('main')",
    "at exit": "import atexit, sys; atexit.register(int, 'one'); atexit.register(print, 'at exit'); sys.exit(300)",
    "left open": "f = open(1, 'w', closefd=False); f.write('kept')",
    "finalizer": "class A:\n  def __del__(self): print('gone', str(1), A.__name__)\na = A()\nraise SystemExit(True)",
    "closed": "import os; print('lost'); os.close(1)",
    "no modules": "import sys; sys.modules['nothing'], sys.modules['text'] = None, 'text'",
    "streams": "import sys; [print(s.encoding, s.errors, s.line_buffering, s.mode, s.name)"
    " for s in (sys.stdin, sys.stdout, sys.stderr)]",
    "libraries": "import sys; print(sorted({'numpy', 'pandas', 'pyarrow', 'boto3', 'redun.handle'} & {*sys.modules}))",
    "session": "import os; print(os.getsid(0) == os.getpid(), os.getcwd())",
    "unbuffered": "import sys; print(sys.stdout.write_through)",
}


@pytest.mark.parametrize("code", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize(
    "options", [{}, {"start_new_session": True, "cwd": "/"}, {"env": {"PYTHONPATH": "/opt:relative"}}]
)
def test_a_program_is_as_in_a_new_interpreter(code, options):
    cold = subprocess.run([*PYTHON, code, "word"], **STREAMS, stdin=subprocess.DEVNULL, **options)
    assert (
        warm.run([*PYTHON, code, "word"], **STREAMS, stdin=subprocess.DEVNULL, **options).__dict__
        == cold.__dict__
    )


def test_a_script_is_the_main_module(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import inspect, pickle, sys\n"
        "class A: pass\n"
        "print(pickle.loads(pickle.dumps(A())).__class__, inspect.getsource(A))\n"
        "print(__file__, __name__, sys.path[0], sys.argv)\n"
    )
    for folder, name in ((tmp_path, "script.py"), (tmp_path.parent, script)):
        cold = subprocess.run([sys.executable, name, "word"], cwd=folder, capture_output=True, text=True)
        assert (
            warm.run([sys.executable, name, "word"], cwd=folder, capture_output=True, text=True).__dict__
            == cold.__dict__
        )
        assert cold.returncode == 0


def test_a_module_and_a_server_for_it(tmp_path):
    (tmp_path / "module.py").write_text(
        "import sys, pickle\n"
        "class A: pass\n"
        "print(sys.argv, sys.path[0], __name__, __spec__.name, 'wave' in sys.modules, pickle.dumps(A()))\n"
    )
    options = {"cwd": tmp_path, "capture_output": True, "text": True}
    for name in ("module", "nothing"):
        words = [sys.executable, "-m", name, "word"]
        cold = subprocess.run(words, **options)
        assert warm.run(words, **options).__dict__ == cold.__dict__
    with contextlib.closing(warm.Server(modules=["wave"])) as server:
        words = [sys.executable, "-m", "module", "word"]
        assert " True b" in warm.run(words, server=server, **options).stdout


@pytest.mark.parametrize("words", [["--help"], ["nothing"], ["log", "nothing"], ["plugins"]])
def test_a_command_says_the_same(words, tmp_path):
    options = {**STREAMS, "cwd": tmp_path, "env": os.environ | {"COLUMNS": "70"}}
    cold = subprocess.run([REDUN, *words], **options)
    assert warm.run([REDUN, *words], **options).__dict__ == cold.__dict__


def test_input_output_and_signals():
    assert (
        warm.run([*PYTHON, "print(input())"], input="text", capture_output=True, text=True).stdout == "text\n"
    )
    waiting = "import time; print(1, flush=True); time.sleep(100)"
    with warm.Popen([*PYTHON, waiting], **STREAMS) as process:
        assert process.stdout.readline() == "1\n"
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
        process.send_signal(signal.SIGINT)
        assert process.communicate()[1].endswith("KeyboardInterrupt\n")
    assert process.returncode == -signal.SIGINT
    with pytest.raises(subprocess.TimeoutExpired):
        warm.run([*PYTHON, waiting], timeout=0.2, stdout=subprocess.DEVNULL)
    with pytest.raises(subprocess.CalledProcessError):
        warm.run([*PYTHON, "raise SystemExit(4)"], check=True)


def test_each_program_is_a_process_of_its_own():
    processes = [
        warm.Popen([*PYTHON, "import os, random; print(os.getpid(), random.random())"], **STREAMS)
        for _ in "abc"
    ]
    lines = [process.communicate()[0].split() for process in processes]
    assert [int(pid) for pid, _ in lines] == [process.pid for process in processes]
    assert len({number for _, number in lines}) == 3


def test_what_a_new_interpreter_needs_gets_one():
    optimised = warm.run([sys.executable, "-O", "-c", "print(__debug__)"], capture_output=True, text=True)
    assert optimised.stdout == "False\n"
    seeded = warm.run(
        [*PYTHON, "import sys; print(sys.flags.hash_randomization)"],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        **STREAMS,
    )
    assert seeded.stdout == "0\n"
