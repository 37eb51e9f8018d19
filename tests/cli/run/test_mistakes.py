"""Mistakes that people make, and what they are told: what happened, where, what to do; nothing of our own code."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Workspace

pytestmark = pytest.mark.slow

HEAD = """\
from redun import Dir, File, Handle, cond, script, task, throw
from redun.functools import map_
redun_namespace = "m"

@task
def f(x=1):
    return x

@task
def table(x):
    return {"alpha": x}

@task
def main():
"""


def told(workspace: Workspace, body: str, ini: str = "", *, code: int = 1, head: str = HEAD) -> str:
    """Run a task with this body and return what was printed, without frames of redun."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    (workspace.folder / "wf.py").write_text(head + lines)
    if ini:
        workspace.write(".redun/redun.ini", ini)
    done = workspace.redun("run", "wf.py", "main", code=code)
    assert "/redun-core/" not in done.stderr
    assert "site-packages/redun/" not in done.stderr
    assert "Traceback (most recent call last)" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("body", "line", "what"),
    [
        (
            "return f'value {f(1)}'",
            "return f'value",
            "m.f(1) cannot become part of a text: it is not evaluated yet",
        ),
        (
            "return 1 if f(1) else 2",
            "return 1 if",
            "m.f(1) is not evaluated yet. Use cond(), or make the decision",
        ),
        ("return [x for x in f(1)]", "for x in f(1)", "Cannot iterate over the lazy value m.f(1)"),
        ("a, b = f(1)", "a, b = f(1)", "Give the task nout= or a fixed-length tuple annotation"),
        ("return len(f(1))", "len(f(1))", "is not known before it is evaluated. Ask for it inside a task."),
        ("return 1 in f(1)", "1 in f(1)", "'in' needs a concrete value"),
        ("return int(f(1))", "int(f(1))", "A number is needed here, and m.f(1) is not evaluated yet."),
        ("return float(f(1))", "float(f(1))", "Pass it to a task that does this."),
        ("return list(range(f(1)))", "range(f(1))", "A number is needed here"),
        ("return [1, 2][f(1)]", "[1, 2][f(1)]", "A number is needed here"),
        ("return f(1, 2)", "return f(1, 2)", "m.f(x=1): too many positional arguments"),
        ("return f(y=2)", "return f(y=2)", "m.f(x=1): got an unexpected keyword argument 'y'"),
        ("return File('nope').read()", "File('nope').read()", "[Errno 2] No such file or directory: 'nope'"),
        ("return File('foo://b/k').read()", ".read()", "No file system serves foo://"),
        ("return File(None)", "File(None)", "TypeError: A path is a str or pathlib.Path, not None."),
        (
            "return File(f('a'))",
            "File(f('a'))",
            "m.f('a') is no path yet: it is not evaluated. Make the file inside",
        ),
        ("return f.options(memroy=1)(2)", "in m.main", "unknown option 'memroy'; did you mean 'memory'?"),
    ],
)
def test_mistakes_in_a_body_are_shown_at_its_line(
    workspace: Workspace, body: str, line: str, what: str
) -> None:
    text = told(workspace, body)
    assert what in text
    assert line in text
    assert "direct cause" not in text


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (
            "return open('wf.py')",
            "value cannot be hashed: an open file ends with its process; pass redun.File(path)",
        ),
        ("return (x for x in 'ab')", "a generator can be gone through only once; make it a list"),
        ("import threading; return {'a': [threading.Lock()]}", "value['a'][0] cannot be hashed: a lock ends"),
        ("import os; return os", "a module is code; import it where it is used"),
        (
            "async def go(): ...\nreturn go()",
            "a coroutine has not run yet; await it, in a task that is an async def",
        ),
        ("return f(lambda: 1)", "in the lazy value m.f(<function main.<locals>.<lambda> at"),
    ],
)
def test_results_that_cannot_be_recorded(workspace: Workspace, body: str, what: str) -> None:
    text = told(workspace, body)
    assert "UnhashableValueError: The result of task m.main: " in text
    assert what in text
    assert "direct cause" not in text


@pytest.mark.parametrize(
    ("body", "error", "where"),
    [
        ("return table(1)['alpa']", "KeyError: 'alpa'", "m.table(1)['alpa']"),
        (
            "return table(1).alpha",
            "AttributeError: 'dict' object has no attribute 'alpha'",
            "m.table(1).alpha",
        ),
        ("return table(1) + 2", "TypeError: unsupported operand", "(m.table(1) + 2)"),
        ("return [f(), f(1 / f(0))]", "ZeroDivisionError: division by zero", "(1 / m.f(0))"),
    ],
)
def test_a_lazy_operation_that_fails_is_named(
    workspace: Workspace, body: str, error: str, where: str
) -> None:
    text = told(workspace, body)
    assert error in text
    assert f"[redun] Raised by the lazy operation {where}\n" in text


def test_notes_on_an_error_are_shown(workspace: Workspace) -> None:
    text = told(workspace, "e = ValueError('bad sample'); e.add_note('see the sheet'); raise e")
    assert "[redun] ValueError: bad sample\n[redun] see the sheet\n" in text
    assert "see the sheet" in workspace.redun("log", "-").stdout


def test_the_error_of_a_class_is_not_blamed_on_its_value(workspace: Workspace) -> None:
    head = HEAD.replace(
        "@task\ndef f",
        "from redun.value import Value\n\nclass Sample(Value):\n"
        "    def get_hash(self, data=None):\n        return self.nmae\n\n@task\ndef f",
        1,
    )
    text = told(workspace, "return Sample()", head=head)
    assert "return self.nmae" in text
    assert (
        "AttributeError: 'Sample' object has no attribute 'nmae'. That is an error in the class of the value."
        in text
    )


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("return map_(f, 3)", "map_() wants values to go through, such as a list, not int."),
        ("return throw('bad')", "throw() wants an exception, such as ValueError(...), not 'bad'."),
        ("return H()", "H(path): missing a required argument: 'path'."),
        (
            "return A().go(1)",
            "m.go(self, x): missing a required argument: 'x'. A task is not bound to an instance",
        ),
    ],
)
def test_calls_that_do_not_fit(workspace: Workspace, body: str, what: str) -> None:
    classes = (
        "class H(Handle):\n    def __init__(self, path): ...\n\n"
        "class A:\n    @task\n    def go(self, x): ...\n\n@task\ndef main"
    )
    assert what in told(workspace, body, head=HEAD.replace("@task\ndef main", classes))


@pytest.mark.parametrize(
    ("ini", "what"),
    [
        (
            "[executors.default]\ntype = local\nmax_workers = many\n",
            "redun.ini, line 3, section [executors.default], option 'max_workers': it must be a positive integer",
        ),
        (
            "[executors.default]\ntype = local\nmemory = -1\n",
            "redun.ini, line 3, section [executors.default], option 'memory': it must be a positive number, not '-1'",
        ),
        ("[backend]\ndb_uri = redun.db\n", "'redun.db' is no URL of a database, such as sqlite:///redun.db"),
        ("[backend]\ndb_uri = postgresql://host/x\n", "'postgresql'; it comes with redun-backend-postgres"),
        (
            "[scheduler]\ncontext = [1]\n",
            "line 2, section [scheduler], option 'context': the value: a context is a dict",
        ),
    ],
)
def test_settings_are_blamed_where_they_stand(workspace: Workspace, ini: str, what: str) -> None:
    assert what in told(workspace, "return f()", ini)


@pytest.mark.parametrize(
    ("ini", "what"),
    [
        (
            "[backend]\ndb_url = sqlite:///x.db\n",
            "section [backend], option 'db_url': nobody reads it; did you mean db_uri?",
        ),
        (
            "[executor.a]\ntype = local\n",
            "section [executor.a]: nobody reads it; did you mean [executors.a]?",
        ),
        (
            "[scheduler]\nkeep_on_going = yes\n",
            "option 'keep_on_going': nobody reads it; did you mean keep_going?",
        ),
    ],
)
def test_settings_that_seem_misspelt_are_warned_of(workspace: Workspace, ini: str, what: str) -> None:
    assert what in told(workspace, "return f()", ini, code=0)
    silenced = "[scheduler]\nignore_warnings = settings\n" + ini.removeprefix("[scheduler]\n")
    assert "nobody reads it" not in told(workspace, "return f()", silenced, code=0)


def test_settings_of_others_are_nobodys_fault(workspace: Workspace) -> None:
    ini = "[limits]\nmemory = 4\n[cluster]\nworker = 3\n[executors.a]\ntype = local\nqueue = x\n[tags]\ntype = a\n"
    ini += "[filesystems.s3]\nendpoint_url = http://127.0.0.1\n[executors.b]\ntype = aws_batch\n"
    for name in (
        "s3_scratch",
        "scratch_lifetime",
        "job_stale_time",
        "min_array_size",
        "docker_host",
        "user",
        "pull",
    ):
        ini += f"{name} = 1\n"
    assert "nobody reads it" not in told(workspace, "return f()", ini, code=0)


def test_an_unknown_executor_says_which_there_are(workspace: Workspace) -> None:
    text = told(workspace, "return f.options(executor='batch')()", "[executors.big]\ntype = local\n")
    assert "no plugin supplies the executor 'batch'" in text
    assert "[redun]   executors configured here: big, default\n" in text


def test_two_functions_of_one_file_under_one_name(workspace: Workspace) -> None:
    head = HEAD.replace("@task\ndef main", "@task(name='f')\ndef g(x=1):\n    return -x\n\n@task\ndef main")
    text = told(workspace, "return f()", head=head, code=0)
    assert "Two tasks are named m.f: that of " in text
    assert "wf.py:13 takes the place of that of " in text


def test_a_folder_is_no_workflow(workspace: Workspace) -> None:
    assert (
        workspace.redun("run", ".", "main", code=1).stderr.strip()
        == "redun: error: no such file: . (it is a folder)"
    )


def test_a_replayed_call_that_fails_below_is_counted_once(workspace: Workspace) -> None:
    told(workspace, "return table(1)['alpa']")
    text = told(workspace, "return table(1)['alpa']")
    (total,) = [line.split() for line in text.splitlines() if "| m.main" in line]
    assert total[3:] == ["0", "0", "1", "0", "0", "1"]
