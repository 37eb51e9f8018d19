"""What `redun log` answers: a list, a number or one record, as text, JSON or a table.

Floor: command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TextIO

import attrs
import click
from redun.recorder.reader import ALL, Reader
from redun.recorder.reader_records import Candidate, Kind

from redun_cli.log.choosing import Choice
from redun_cli.log.folding import Folding
from redun_cli.log.listing import documents_of, lines_of
from redun_cli.log.selecting import records
from redun_cli.log.writing import write_lines

__all__ = ["Answer"]

_EXECUTIONS_SHOWN = 100
_LISTED = 1_000


@attrs.frozen
class Answer:
    """Writes what was asked for.

    Attributes
    ----------
    reader : Reader
    out : TextIO
    form : str
        `text`, of a length to be read; `json`, one document a line, or `csv`, one table, and everything unless limited.
    limit : int, optional
        At most so many records, 0 for all.
    """

    reader: Reader
    out: TextIO
    form: str
    limit: int | None

    def list(self, choice: Choice, *, detail: bool) -> None:
        """List the records chosen."""
        if self.form == "text":
            for kind in choice.kinds:
                self._write(self._listed(kind, choice, detail))
        else:
            found = (one for kind in choice.kinds for one in self._documents(kind, choice))
            self._write_documents(found, choice.kinds)

    def count(self, choice: Choice) -> None:
        """Write how many records there are of each kind."""
        from redun_cli.log.counting import counted

        counts = list(counted(self.reader, choice))
        if self.form == "text":
            width = max(len(f"{number}") for _, number in counts)
            self._write(f"{number:>{width}} {name}" for name, number in counts)
        else:
            self._write_documents(
                ({"kind": name, "count": number} for name, number in counts), ("kind", "count")
            )

    def show(self, found: Candidate, folding: Folding | None) -> None:
        """Show a record in detail."""
        # Lists do without lineage, which is slow to import.
        from redun_cli.log.detail import VARIABLES, documents_about, lines_about

        variables = self._most(VARIABLES)
        if self.form == "text":
            jobs = None if self.limit is None else self._most(None)
            self._write(lines_about(self.reader, found, jobs, variables, folding))
            return
        about = documents_about(self.reader, found, self._most(None), variables)
        if self.form == "csv" and found.kind is Kind.EXECUTION:
            # Its jobs: a table has one kind of line.
            next(about)
        kinds = [Kind.JOB if found.kind is Kind.EXECUTION else found.kind]
        self._write_documents(about, kinds)

    def output(self, found: Candidate) -> None:
        """Show what a job, or the jobs of an execution, printed and logged."""
        from redun_cli.log.printed import printed_documents, printed_lines

        most = self._most(_LISTED)
        if self.form == "text":
            self._write(printed_lines(self.reader, found, most))
        else:
            columns = ("kind", "job", "task", "replayed_from", "stdout", "stderr", "log")
            self._write_documents(printed_documents(self.reader, found, most), columns)

    def downstream(self, found: Candidate) -> None:
        """Show what was made of a value, a file, or the result of a job or call."""
        from redun_cli.log.downstream import USES, downstream_documents, downstream_lines

        most = self._most(USES)
        if self.form == "text":
            self._write(downstream_lines(self.reader, found, most))
        else:
            columns = ("kind", "depth", "argument", "call", "task", "failed", "result_type", "result")
            self._write_documents(downstream_documents(self.reader, found, most), columns)

    def _listed(self, kind: Kind, choice: Choice, detail: bool) -> Iterator[str]:
        most = self._most(_EXECUTIONS_SHOWN if kind is Kind.EXECUTION else _LISTED)
        found = records(self.reader, kind, choice)
        lines = (
            self._detailed(kind, islice(found, most))
            if detail
            else lines_of(self.reader, kind, islice(found, most))
        )
        if not choice.named and kind is Kind.EXECUTION:
            yield "Recent executions:"
            yield ""
        nothing = True
        for line in lines:
            nothing = False
            yield line
        if next(found, None) is not None:
            yield f"... there are more; `--limit 0` shows them all, `--limit {2 * most}` twice as many"
        elif nothing and choice.narrowed:
            # Not among the answers: a list that is empty is one.
            click.echo(f"No {kind.value} fits.", err=True)

    def _detailed(self, kind: Kind, found: Iterable[Any]) -> Iterator[str]:
        from redun_cli.log.detail import VARIABLES, lines_of_record

        for record in found:
            yield from lines_of_record(self.reader, kind, record, self._most(VARIABLES))
            yield ""

    def _documents(self, kind: Kind, choice: Choice) -> Iterator[Mapping[str, Any]]:
        return documents_of(self.reader, kind, islice(records(self.reader, kind, choice), self._most(None)))

    def _write(self, lines: Iterable[str]) -> None:
        write_lines(lines, self.out)

    def _write_documents(self, found: Iterable[Mapping[str, Any]], shape: Iterable[Kind | str]) -> None:
        if self.form == "json":
            self._write(json.dumps(document) for document in found)
            return
        from redun_cli.log.table import COLUMNS, table_lines

        columns = [name for one in shape for name in (COLUMNS[one] if isinstance(one, Kind) else (one,))]
        write_lines(table_lines(list(dict.fromkeys(columns)), found), self.out, end="\r\n")

    def _most(self, usual: int | None) -> int:
        """Return how many to show: as told, else `usual`; None and 0 stand for all."""
        return (usual if self.limit is None else self.limit) or ALL
