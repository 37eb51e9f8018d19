"""`redun log`: what the words mean, and whether the answer is text or JSON.

Floor: command line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import click

__all__ = ["log"]

_EXECUTIONS_SHOWN = 100
_LISTED = 1_000

_EPILOG = """\b
ID is one of
  -  ~2  3f9a2b1c         an execution: the last, the last but one, by id
  -.17  3f9a2b1c.17       job 17 of an execution
  8d85cebc                a call node, task or value by its hash
  compile  demo.compile   a task by name
  prog  s3://bucket/x     a file: which job made it, and from what
Any unique prefix of an id or hash will do."""


def _kind_option(name: str, what: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", is_flag=True, help=what)


class _LogCommand(click.Command):
    """Takes `-.17` for an id, which has the looks of an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [re.sub(r"\A-(?=\.[0-9]+\Z)", "~1", word) for word in args])


@click.command(cls=_LogCommand, epilog=_EPILOG)
@click.argument("id_", metavar="[ID]", required=False)
@_kind_option("exec", "Executions only.")
@_kind_option("job", "Jobs only.")
@_kind_option("call-node", "Call nodes only.")
@_kind_option("task", "Tasks only.")
@_kind_option("value", "Values only.")
@_kind_option("file", "Files only: r read, w written by a task. ID may be a pattern such as '*.o'.")
@_kind_option("all", "All kinds of record.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-n", "--limit", type=click.IntRange(min=0), help="Show at most so many records; 0 for all.")
@click.pass_context
def log(ctx: click.Context, /, id_: str | None, form: str, limit: int | None, **flags: bool) -> None:
    """Show executions, jobs, tasks, values, and where files came from.

    Without ID, lists the executions, newest first.
    """
    from redun.recorder.reader import open_reader
    from redun.recorder.reader_records import Kind

    by_flag = {
        "exec": Kind.EXECUTION,
        "job": Kind.JOB,
        "call_node": Kind.CALL,
        "task": Kind.TASK,
        "value": Kind.VALUE,
        "file": Kind.FILE,
    }
    kinds = [kind for flag, kind in by_flag.items() if flags[flag] or flags["all"]]
    with open_reader(ctx.obj.database) as reader:
        answer = _Answer(reader, form == "json", limit)
        if id_ is None:
            answer.lists(kinds)
        elif kinds == [Kind.FILE] and re.search(r"[*?[]", id_):
            answer.listing(Kind.FILE, id_)
        else:
            answer.detail(re.sub(r"\A~1(?=\.)", "-", id_), kinds or list(Kind))


class _Answer:
    """Writes what was asked for."""

    def __init__(self, reader: Any, as_json: bool, limit: int | None) -> None:
        self.reader = reader
        self.as_json = as_json
        self.limit = limit

    def lists(self, kinds: list[Any]) -> None:
        """List each kind; without any, the executions under a title."""
        from redun.recorder.reader_records import Kind

        from redun_cli.log.output import write_lines

        if not kinds and not self.as_json:
            write_lines(["Recent executions:", ""])
        for kind in kinds or [Kind.EXECUTION]:
            self.listing(kind)

    def listing(self, kind: Any, pattern: str | None = None) -> None:
        """List the records of a kind."""
        from redun.recorder.reader_records import Kind

        from redun_cli.log.listing import documents_of, lines_of
        from redun_cli.log.output import write_lines

        if self.as_json:
            found = documents_of(self.reader, kind, self._most(None), pattern)
            write_lines(json.dumps(document) for document in found)
        else:
            most = self._most(_EXECUTIONS_SHOWN if kind is Kind.EXECUTION else _LISTED)
            write_lines(lines_of(self.reader, kind, most, pattern))

    def detail(self, text: str, kinds: list[Any]) -> None:
        """Show the one record that a text names."""
        from redun.recorder.reader_lookup import find

        from redun_cli.log.detail import VARIABLES, documents_about, lines_about
        from redun_cli.log.execution import TREE_LIMIT
        from redun_cli.log.output import write_lines

        found = find(self.reader, text, frozenset(kinds))
        if self.as_json:
            about = documents_about(self.reader, found, self._most(None), self._most(VARIABLES))
            write_lines(json.dumps(document) for document in about)
        else:
            write_lines(lines_about(self.reader, found, self._most(TREE_LIMIT), self._most(VARIABLES)))

    def _most(self, usual: int | None) -> int:
        from redun.recorder.reader import ALL

        if self.limit == 0 or (self.limit is None and usual is None):
            return ALL
        return self.limit or usual or ALL
