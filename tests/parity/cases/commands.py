"""The command line: exit codes, arguments, standard output."""

import pickle

from case import Case, Cli, Write  # type: ignore[import-not-found]

WORKFLOW = """
from redun.context import get_context
import enum
from typing import Dict, List, Optional

class Colour(enum.Enum):
    red = 1
    blue = 2

@task()
def inc(x: int) -> int: return x + 1
@task()
def scale(x: float, by: float = 2.0) -> float: return x * by
@task()
def flag(on: bool) -> bool: return on
@task()
def total(values: List[int]) -> int: return sum(values)
@task()
def maybe(x: Optional[int] = None): return [x]
@task()
def paint(colour: Colour) -> str: return colour.name
@task()
def read(file: File) -> str: return file.read()
@task()
def text(x): return repr(x)
@task()
def two_words(first_word: str, last: str = "b") -> str: return first_word + last
@task()
def nothing(): return None
@task()
def boom(): raise ValueError("x")
@task()
def structure(): return {"b": [1, (2, 3)], "a": {"c": None}}
@task()
def parent(x: int): return [inc(x), scale(x, by=3.0)]
@task()
def pair(value: tuple[int, str]): return value
@task()
def names(c: str, s: str = "", repo: str = ""): return [c, s, repo]
@task()
def context(a=get_context("a"), b=get_context("b.c")): return [a, b]
"""
SETUP = """
import redun
from redun import Scheduler

def setup(config, answer: int = 42):
    scheduler = Scheduler(config=config)
    if redun.__version__.startswith("0."):
        scheduler.load()
    print("answer", answer)
    return scheduler
"""
CONFIG = Write(
    ".redun/redun.ini",
    "[backend]\ndb_uri = sqlite:///redun.db\n[scheduler]\nsetup_scheduler = setup.py::setup\n"
    'context = {"a": 1, "b": {"c": 2}}\n',
)
INPUT = Write("in.pkl", pickle.dumps(((1,), {"by": 5.0}), 0).decode())
ID = "12345678-1234-5678-1234-567812345678"


def once(name, words, *more, **options):
    """Return a case of one command."""
    return Case("cli_" + name, WORKFLOW, Cli(words), *more, **options)


CASES = [
    once("integer", "run wf.py inc --x 4"),
    once("integer_twice", "run wf.py inc --x 4", Cli("run wf.py inc --x 4")),
    once("float_default", "run wf.py scale --x 1.5"),
    once("float_given", "run wf.py scale --x 1.5 --by 3"),
    once("bool_true", "run wf.py flag --on true"),
    once("bool_false", "run wf.py flag --on FALSE"),
    once("list", "run wf.py total --values 1 2 3"),
    once("optional_default", "run wf.py maybe"),
    once("optional_given", "run wf.py maybe --x 3"),
    once("enum", "run wf.py paint --colour blue"),
    once("enum_unknown", "run wf.py paint --colour green"),
    Case("cli_file", WORKFLOW, Write("in.txt", "abc"), Cli("run wf.py read --file in.txt")),
    once("unannotated_is_text", "run wf.py text --x 1"),
    once("kebab_case", "run wf.py two_words --first-word a"),
    once("full_task_name", "run wf.py wf.inc --x 1"),
    once("none_prints_nothing", "run wf.py nothing"),
    once("structure_is_pretty_printed", "run wf.py structure"),
    once("bad_integer", "run wf.py inc --x a"),
    once("unknown_option", "run wf.py inc --y 1"),
    once("unknown_task", "run wf.py unknown"),
    once("unknown_file", "run nowhere.py inc --x 1"),
    once("failing_task", "run wf.py boom"),
    once("no_cache", "run wf.py inc --x 1", Cli("run --no-cache wf.py inc --x 1")),
    once("module_instead_of_file", "run wf inc --x 1"),
    once("tag", "run --tag k=v wf.py inc --x 1"),
    once("option", "run --option memory=4 wf.py inc --x 1"),
    once("context", "run --context a.b=1 wf.py inc --x 1"),
    once("user_and_project", "run --user me --project p --doc words wf.py inc --x 1"),
    once("version", "--version", differs="Each prints its own version.", ours=[{"exit": 0}]),
    once("unknown_command", "walk"),
    once("help", "help", differs="Each prints its own help.", ours=[{"exit": 0}]),
    once("task_help", "run wf.py inc help", differs="Ours shows defaults.", ours=[{"exit": 0}]),
    once("task_info", "run wf.py inc info", differs="Hashes differ.", ours=[{"exit": 0}]),
    once("list_of_tasks", "run wf.py help", differs="Ours shows signatures.", ours=[{"exit": 0}]),
    once("rerun_last", "run wf.py inc --x 1", Cli("run --rerun wf.py -")),
    once("rerun_override", "run wf.py scale --x 1 --by 3", Cli("run --rerun wf.py - --x 2")),
    once("rerun_older", f"run --execution-id {ID} wf.py parent --x 1", Cli("run --rerun wf.py 1234567")),
    once("rerun_keeps_the_cache", "run wf.py boom", Cli("run --rerun wf.py -")),
    once("rerun_unknown", "run wf.py inc --x 1", Cli("run --rerun wf.py abcdef")),
    Case("cli_input", WORKFLOW, INPUT, Cli("run --input in.pkl wf.py scale")),
    Case("cli_input_override_keyword", WORKFLOW, INPUT, Cli("run -i in.pkl wf.py scale --by 3")),
    Case(
        "cli_input_override_positional",
        WORKFLOW,
        INPUT,
        Cli("run -i in.pkl wf.py scale --x 3"),
        differs="0.44 gives both, and the call fails; ours replaces the argument however it was given.",
        ours=[{"exit": 0, "stdout": "15.0\n"}],
    ),
    Case("cli_input_missing", WORKFLOW, Cli("run -i in.pkl wf.py scale")),
    once("execution_id", f"run --execution-id {ID} wf.py inc --x 1"),
    once(
        "execution_id_twice",
        f"run --execution-id {ID} wf.py inc --x 1",
        Cli(f"run --execution-id {ID} wf.py inc --x 1"),
    ),
    Case(
        "cli_context_file",
        WORKFLOW,
        CONFIG,
        Write("setup.py", SETUP),
        Write("c.json", '{"b": {"c": 3}}'),
        Cli("run wf.py context"),
        Cli("run --context-file c.json wf.py context"),
        Cli("run --context-file c.json --context a=[1] --context b.c=true wf.py context"),
    ),
    Case(
        "cli_setup",
        WORKFLOW,
        CONFIG,
        Write("setup.py", SETUP),
        Cli("run wf.py inc --x 1"),
        Cli("--setup answer=7 run wf.py inc --x 1"),
        Cli("-s unknown=7 run wf.py inc --x 1"),
    ),
    once("no_prov", "run --no-prov wf.py inc --x 1"),
    once("check_version", "--check-version >=0.1 run wf.py inc --x 1"),
    once("check_version_too_old", "--check-version >=9 run wf.py inc --x 1"),
    once(
        "option_is_no_pair",
        "run --option memory wf.py inc --x 1",
        differs="Wrong usage ends with 2, as argparse does; 0.44 ends with 1.",
        ours=[{"exit": 2}],
    ),
    once(
        "missing_argument",
        "run wf.py inc",
        differs="0.44 runs the call, which fails; ours refuses the command.",
        ours=[{"exit": 2}],
    ),
    once(
        "tuple",
        "run wf.py pair --value '[1, \"a\"]'",
        differs="0.44 cannot read tuples.",
        ours=[{"exit": 0, "stdout": "(1, 'a')\n"}],
    ),
    once(
        "argument_like_a_global_option",
        "run wf.py names --c 1 --s 2 --repo 3",
        differs="0.44 takes --c for --config.",
        ours=[{"exit": 0, "stdout": "['1', '2', '3']\n"}],
    ),
    once("dryrun_would_run", "run --dryrun wf.py inc --x 1"),
    once("dryrun_all_cached", "run wf.py inc --x 1", Cli("run --dryrun wf.py inc --x 1")),
    once("log_without_executions", "log"),
    Case("cli_syntax_error", "def broken(:", Cli("run wf.py f")),
    Case("cli_import_error", "import nowhere_to_be_found", Cli("run wf.py f")),
]
