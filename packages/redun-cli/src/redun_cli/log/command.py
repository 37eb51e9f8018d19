"""`redun log`: what may be asked.

Floor: command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from redun_cli.ids import IdCommand, id_of
from redun_cli.invocation import look

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

    from redun_cli.log.answer import Answer
    from redun_cli.log.folding import Folding

__all__ = ["log"]

_EPILOG = """\b
ID is one of
  -  ~2  3f9a2b1c         an execution: the last, the last but one, by id
  -.17  3f9a2b1c.17       job 17 of an execution
  8d85cebc                a call node, task or value by its hash
  compile  demo.compile   a task by name
  prog  s3://bucket/x     a file: which job made it, and from what
Any unique prefix of an id or hash will do.

\b
TIME is an age (2h, '3 days'), today, yesterday, 9:30, or a date (2026-11-23, 2026-11-23T10:00).
Conditions combine: all of them must hold. With an execution's ID they choose among what it did."""

_FILTERS = (
    *("exec_status", "job_status", "task_name", "task_hash", "value_type", "file_path", "exec_id", "result"),
    *("arg", "tag", "exec_tag", "since", "until", "between", "user", "project", "executor"),
)
_LISTED = ("job", "call_node", "task", "value", "file", "all")


def _kind(name: str, what: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", is_flag=True, help=what)


def _several(name: str, metavar: str, what: str, *short: str) -> Callable[[Any], Any]:
    return click.option(*short, f"--{name}", metavar=metavar, multiple=True, help=what)


def _one(name: str, metavar: str, what: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", metavar=metavar, help=what)


@click.command(cls=IdCommand, epilog=_EPILOG)
@click.argument("id_", metavar="[ID]", required=False)
@_kind("exec", "Executions.")
@_kind("job", "Jobs.")
@_kind("call-node", "Call nodes.")
@_kind("task", "Tasks.")
@_kind("value", "Values.")
@_kind("file", "Files: r read, w written by a task. ID may be a pattern such as '*.o'.")
@_kind("all", "All kinds of record.")
@_several("exec-id", "ID,…", "Of these executions.")
@_several("exec-status", "STATUS,…", "Of executions that are RUNNING, DONE, FAILED, CANCELLED or CRASHED.")
@_several("job-status", "STATUS,…", "Of jobs that are RUNNING, DONE, CACHED, FAILED, CANCELLED or LOST.")
@_several("task-name", "NAME", "Of jobs of this task, or the task itself; full or bare name.")
@_several("task-hash", "HASH", "Of jobs of this version of a task, or the version itself.")
@_one("since", "TIME", "Started at this time or later.")
@_one("until", "TIME", "Started before this time.")
@click.option("--between", metavar="TIME TIME", nargs=2, help="Started between the two.")
@_one("user", "NAME", "Of executions that this user started.")
@_one("project", "NAME", "Of executions of this project.")
@_several("tag", "KEY[=VALUE]", "With this tag; of executions, unless another kind is named.", "-t")
@_several("exec-tag", "KEY[=VALUE]", "Of executions with this tag.")
@_one("executor", "NAME", "Of jobs that ran there.")
@_one("result", "HASH", "Of jobs whose result is this value.")
@_one("arg", "HASH", "Of jobs that were given this value.")
@_several("value-type", "TYPE", "Values of this type, such as int, redun.File or 'pandas.*'.")
@_one("file-path", "PATTERN", "Files like this, such as 'data/*.csv'.")
@click.option("--downstream", is_flag=True, help="What was made of the file, value, or result of the job.")
@click.option("--output", is_flag=True, help="What the job, or the jobs of an execution, printed and logged.")
@click.option(
    "--depth", metavar="N", type=click.IntRange(min=0), help="Show so many levels of an execution's tree."
)
@_several(
    "expand", "TASK|JOB", "Do not fold the jobs of this task, or what this job called, in a large tree."
)
@click.option("--count", is_flag=True, help="How many there are, of each kind.")
@click.option("--detail", is_flag=True, help="All about each record of a list.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True
)
@click.option("-n", "--limit", type=click.IntRange(min=0), help="Show at most so many records; 0 for all.")
@click.option("--no-pager", is_flag=True, help="On a terminal, do not stop after each page.")
@click.pass_context
def log(ctx: click.Context, /, id_: str | None, no_pager: bool, **options: Any) -> None:
    """Show executions, jobs, tasks, values, and where files came from.

    Without ID, lists the executions, newest first.
    """
    # Imported here, for `redun log --help` does without.

    from redun_cli.log.answer import Answer
    from redun_cli.log.pager import paged

    text = None if id_ is None else id_of(id_)
    _check(text, options)
    with look(ctx) as reader, paged(wanted=not no_pager) as out:
        answer = Answer(reader, out, options["form"], options["limit"])
        _answer(reader, answer, text, options)


def _answer(reader: Reader, answer: Answer, text: str | None, options: dict[str, Any]) -> None:
    from redun.recorder.reader_lookup import find
    from redun.recorder.reader_records import Kind

    from redun_cli.log.choosing import KINDS, choice_of

    if text is None or _is_pattern(text, options):
        choice = choice_of(reader, options if text is None else {**options, "file_path": text})
        if options["count"]:
            answer.count(choice)
        else:
            answer.list(choice, detail=options["detail"])
        return
    kinds = {kind for name, kind in KINDS.items() if options[name]}
    if options["output"]:
        answer.output(find(reader, text, {Kind.JOB, Kind.EXECUTION}))
    elif options["downstream"]:
        answer.downstream(find(reader, text, kinds or set(Kind) - {Kind.EXECUTION, Kind.TASK}))
    elif _lists(options) and (execution := _execution(reader, text, kinds)) is not None:
        _answer(reader, answer, None, {**options, "exec_id": (*options["exec_id"], execution)})
    else:
        found = find(reader, text, kinds or set(Kind))
        if conditions := [name for name in _FILTERS if options[name]]:
            raise click.UsageError(
                f"--{conditions[0].replace('_', '-')} chooses among the records of a list or of an execution, "
                f"and {text!r} is another one: leave one of them out"
            )
        answer.show(found, _folding(reader, text, options))


def _check(text: str | None, options: dict[str, Any]) -> None:
    """Refuse what makes no sense together.

    Raises
    ------
    click.UsageError
        It does not.
    """
    if text is not None:
        return
    if options["output"]:
        raise click.UsageError("--output needs the id of a job or of an execution: redun log -.17 --output")
    if options["downstream"]:
        raise click.UsageError(
            "--downstream needs a file, value, call or job: redun log data.csv --downstream"
        )
    for name in ("depth", "expand"):
        if options[name] not in (None, ()):
            raise click.UsageError(f"--{name} is about the tree of an execution: redun log - --{name} …")


def _is_pattern(text: str, options: dict[str, Any]) -> bool:
    wanted = [name for name in ("exec", *_LISTED) if options[name]]
    return wanted == ["file"] and re.search(r"[*?[]", text) is not None


def _lists(options: dict[str, Any]) -> bool:
    """Tell whether the options ask for a list of what an execution did."""
    return options["count"] or any(options[name] for name in (*_LISTED, *_FILTERS))


def _execution(reader: Reader, text: str, kinds: set[Any]) -> str | None:
    """Return the id of the execution that a text names, unless it names what was asked for itself."""
    from redun.recorder.reader_lookup import resolve
    from redun.recorder.reader_records import Kind

    if kinds and resolve(reader, text, kinds - {Kind.EXECUTION}):
        return None
    found = resolve(reader, text, {Kind.EXECUTION})
    return found[0].id if len(found) == 1 else None


def _folding(reader: Reader, text: str, options: dict[str, Any]) -> Folding | None:
    from redun.recorder.reader_lookup import find
    from redun.recorder.reader_records import Kind

    from redun_cli.log.folding import Folding

    if options["depth"] is None and not options["expand"]:
        return None
    found = [find(reader, _job_text(word, text), {Kind.TASK, Kind.JOB}) for word in options["expand"]]
    return Folding(
        depth=options["depth"],
        tasks={one.line for one in found if one.kind is Kind.TASK},
        jobs={one.key[1] for one in found if isinstance(one.key, tuple)},
    )


def _job_text(word: str, execution: str) -> str:
    """Return the id of a job that may be given by its number alone."""
    return f"{execution}.{word}" if word.isdecimal() else id_of(word)
