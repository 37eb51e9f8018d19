"""The command line: exit codes, arguments, standard output."""

from case import Case, Cli, Write  # type: ignore[import-not-found]

WORKFLOW = """
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
"""


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
    once("dryrun_would_run", "run --dryrun wf.py inc --x 1"),
    once("dryrun_all_cached", "run wf.py inc --x 1", Cli("run --dryrun wf.py inc --x 1")),
    once("log_without_executions", "log"),
    Case("cli_syntax_error", "def broken(:", Cli("run wf.py f")),
    Case("cli_import_error", "import nowhere_to_be_found", Cli("run wf.py f")),
]
