"""`redun repl`: Python with the record at hand."""

from __future__ import annotations

import os
import pty
import select
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import warm
from click.testing import CliRunner, Result
from redun import Scheduler, task
from redun.config import Config
from redun_cli.repl.command import repl
from redun_cli.repl.names import banner, names_of


@task(namespace="talk")
def half(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of a call that failed and one that did not."""
    path = tmp_path_factory.mktemp("repl") / "redun.db"
    with Scheduler(Config({"backend": {"db_uri": f"sqlite:///{path}"}})) as scheduler:
        with pytest.raises(ValueError, match="3 is odd"):
            scheduler.run(half(3))
        scheduler.run(half(8))
    return path


@pytest.fixture
def ask(database: Path) -> Callable[..., Result]:
    config = Config({"backend": {"db_uri": f"sqlite:///{database}"}})

    def run(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(repl, words, obj=SimpleNamespace(config=config), input=typed)

    return run


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (["-c", "record.executions().count()"], "2"),
        (["-c", "executions[1].error"], "'ValueError: 3 is odd'"),
        (["-c", "last.job.result.preview"], "'4'"),
        (["-c", "last_exec == last"], "True"),
        (["-.1", "-c", "obj.arguments['number'].preview"], "'8'"),
        (["~2", "-c", "obj.status"], "'FAILED'"),
        (["half", "-c", "obj.name"], "'talk.half'"),
        (["-c", "query('-.1').task"], "'talk.half'"),
        (["-c", "[job.status for job in query(Job).order_by(Job.started)]"], "['FAILED', 'DONE']"),
        (["-c", "session.scalars(select(func.count(Job.number))).one()"], "2"),
        (["-c", "one = record.job('-.1')\nrecord.load(one) + 1"], "5"),
        (["-c", "answer = 1"], ""),
        (["-c", ""], ""),
    ],
    ids=lambda case: case if isinstance(case, str) else case[-1],
)
def test_a_line_of_code(ask: Callable[..., Result], words: list[str], printed: str) -> None:
    result = ask(*words)
    assert (result.stdout.rstrip(), result.stderr, result.exit_code) == (printed, "", 0)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("nosuch", "redun: error: NameError: name 'nosuch' is not defined\n"),
        ("x = 1\nx / 0\n", "redun: error: ZeroDivisionError: division by zero (line 2)\n"),
        ("record.job('-.9')", "redun: error: RecordNotFoundError: no job in the record is called '-.9'\n"),
        (
            "session.delete(query(Job).first()); session.flush()",
            "redun: error: DatabaseUnwritableError: the record",
        ),
    ],
)
def test_a_line_that_fails(ask: Callable[..., Result], code: str, told: str) -> None:
    result = ask("-c", code)
    assert result.stderr.startswith(told)
    assert "Traceback" not in result.stderr
    assert (result.stdout, result.exit_code) == ("", 1)


def test_a_line_that_is_no_python(ask: Callable[..., Result]) -> None:
    result = ask("-c", "for")
    assert result.stderr.startswith('redun: error: File "<redun repl>", line 1')
    assert "SyntaxError: invalid syntax" in result.stderr
    assert result.exit_code == 1


def test_an_id_that_names_nothing_is_told_before_anything_else(ask: Callable[..., Result]) -> None:
    result = ask("nosuch", "-c", "print('ran')")
    assert str(result.exception).endswith("in the record is called 'nosuch'")
    assert result.stdout == ""


def test_lines_from_a_pipe(ask: Callable[..., Result]) -> None:
    result = ask("-", typed="last.status\nrecord.job('-.9')\nnumber = 3\nnumber + 1\n")
    assert [line for line in result.stdout.replace(">>> ", "").splitlines() if line] == ["'DONE'", "4"]
    head, error = result.stderr.split("Only record.load(value) runs what is stored.\n")
    assert "obj = <execution" in head
    assert error.strip() == "RecordNotFoundError: no job in the record is called '-.9'"


def test_the_banner_has_three_lines_and_steers_no_terminal(database: Path) -> None:
    from redun.query import open_record

    with open_record(database) as record, record.session() as session:
        names = names_of(record, session, "-.1")
        record.path = Path("/tmp/\x1b[2J/redun.db")
        lines = banner(names).splitlines()
    assert len(lines) == 3
    assert "\x1b" not in lines[0]
    assert "obj = <job" in lines[0]
    assert all(
        word in names
        for word in ("record", "executions", "last", "obj", "query", "session", "select", "func")
    )


def test_on_a_terminal(database: Path) -> None:
    """Python's own console where nothing more comfortable is installed."""
    code = (
        "import sys; sys.modules['ptpython'] = sys.modules['IPython'] = None\n"
        "import importlib.util as u; found = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name in ('ptpython', 'IPython') else found(name, *rest)\n"
        "from redun_cli.main import main; sys.exit(main(['repl', '-']))"
    )
    (database.parent / "redun.ini").write_text("[backend]\ndb_uri = sqlite:///redun.db\n")
    ours, theirs = pty.openpty()
    process = warm.Popen(
        [sys.executable, "-c", code],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"REDUN_CONFIG": str(database.parent), "TERM": "dumb"},
    )
    os.close(theirs)
    try:
        read_until(ours, b">>> ")
        os.write(ours, b"obj.task\n")
        read_until(ours, b"'talk.half'")
        os.write(ours, b"exit()\n")
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(descriptor: int, wanted: bytes) -> None:
    """Read what a terminal shows until something stands there."""
    shown = b""
    while wanted not in shown:
        ready, _, _ = select.select([descriptor], [], [], 30)
        assert ready, shown
        shown += os.read(descriptor, 4096)
