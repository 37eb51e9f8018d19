"""What `redun log` answers: a list or one record, as text or as JSON.

Floor: command line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from redun.recorder.reader import ALL, Reader
from redun.recorder.reader_lookup import find
from redun.recorder.reader_records import Kind

from redun_cli.log.listing import documents_of, lines_of
from redun_cli.log.writing import write_lines

__all__ = ["Answer"]

_EXECUTIONS_SHOWN = 100
_LISTED = 1_000
_BY_OPTION = {
    "exec": Kind.EXECUTION,
    "job": Kind.JOB,
    "call_node": Kind.CALL,
    "task": Kind.TASK,
    "value": Kind.VALUE,
    "file": Kind.FILE,
}


class Answer:
    """Writes to standard output what was asked for.

    Parameters
    ----------
    reader : Reader
    as_json : bool
        One document a line and nothing else, everything unless limited; otherwise text, of a length to be read.
    limit : int or None
        At most so many records, 0 for all.
    """

    def __init__(self, reader: Reader, *, as_json: bool, limit: int | None) -> None:
        self.reader = reader
        self.as_json = as_json
        self.limit = limit

    def give(self, text: str | None, options: Collection[str]) -> None:
        """Show the record that a text names, or list records.

        Parameters
        ----------
        text : str or None
            What to look for; without it the kinds asked for are listed, or the executions.
        options : collection of str
            The kinds asked for, as the options are called, or `all`.
        """
        kinds = [kind for option, kind in _BY_OPTION.items() if option in options or "all" in options]
        if text is None:
            if not kinds and not self.as_json:
                write_lines(["Recent executions:", ""])
            for kind in kinds or [Kind.EXECUTION]:
                self._list(kind)
        elif kinds == [Kind.FILE] and re.search(r"[*?[]", text):
            self._list(Kind.FILE, text)
        else:
            self._show(text, frozenset(kinds or Kind))

    def give_output(self, text: str) -> None:
        """Show what the job that a text names, or the jobs of an execution, printed and logged."""
        from redun_cli.log.printed import KINDS, printed_documents, printed_lines

        found = find(self.reader, text, KINDS)
        most = self._most(_LISTED)
        if self.as_json:
            write_lines(json.dumps(document) for document in printed_documents(self.reader, found, most))
        else:
            write_lines(printed_lines(self.reader, found, most))

    def _list(self, kind: Kind, pattern: str | None = None) -> None:
        if self.as_json:
            found = documents_of(self.reader, kind, self._most(None), pattern)
            write_lines(json.dumps(document) for document in found)
        else:
            most = self._most(_EXECUTIONS_SHOWN if kind is Kind.EXECUTION else _LISTED)
            write_lines(lines_of(self.reader, kind, most, pattern))

    def _show(self, text: str, kinds: frozenset[Kind]) -> None:
        # Lists do without lineage, which is slow to import.
        from redun_cli.log.detail import VARIABLES, documents_about, lines_about

        found = find(self.reader, text, kinds)
        variables = self._most(VARIABLES)
        if self.as_json:
            about = documents_about(self.reader, found, self._most(None), variables)
            write_lines(json.dumps(document) for document in about)
        else:
            jobs = None if self.limit is None else self._most(None)
            write_lines(lines_about(self.reader, found, jobs, variables))

    def _most(self, usual: int | None) -> int:
        """Return how many to show: as told, else `usual`; None and 0 stand for all."""
        return (usual if self.limit is None else self.limit) or ALL
