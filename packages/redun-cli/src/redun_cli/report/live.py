"""Reporting on a terminal: lines scroll by above a table that is kept up to date.

Floor: command line. The only module that imports rich.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, TextIO

from redun.visible import visible
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from redun_cli.report.plain import PlainReporter

if TYPE_CHECKING:
    from redun.scheduler.events import ExecutionView

__all__ = ["LiveReporter"]

_STYLES = {"RUNNING": "yellow", "FAILED": "bold red", "CACHED": "cyan", "DONE": "green", "TOTAL": "bold"}
_MAX_ROWS = 20


class LiveReporter(PlainReporter):
    """An observer that shows the table of jobs at the foot of the terminal while it writes a line per job."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream, interval=0)
        self._console = Console(file=stream, highlight=False)
        self._live = Live(
            get_renderable=self._table,
            console=self._console,
            refresh_per_second=4,
            transient=True,
            # A redirected stdout must stay where it is; on the terminal, what tasks print goes above the table.
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=True,
        )

    def execution_started(self, execution: ExecutionView) -> None:
        super().execution_started(execution)
        self._live.start()

    def execution_finished(self, execution: ExecutionView) -> None:
        self._live.stop()
        super().execution_finished(execution)

    def close(self) -> None:
        super().close()
        self._live.stop()

    def write(self, text: str) -> None:
        if self._live.is_started:
            # One string without markup: rich's parsing of a line costs more than a job does.
            self._console.out(text, end="", highlight=False)
        else:
            super().write(text)

    def _table(self) -> Table:
        columns, rows = self.tally.columns(), self.tally.rows()
        elapsed = time.strftime("%H:%M:%S", time.gmtime(time.monotonic() - self._started))
        table = Table(box=None, title=f"{elapsed} elapsed", title_justify="left", pad_edge=False)
        table.add_column("TASK", overflow="ellipsis", no_wrap=True)
        for column in columns:
            table.add_column(column, justify="right", style=_STYLES.get(column), min_width=len(column))
        for task, counts in rows[: _MAX_ROWS + 1]:
            table.add_row(Text(visible(task)), *(str(count) if count else "·" for count in counts))
        if len(rows) > _MAX_ROWS + 1:
            table.add_row(f"… {len(rows) - _MAX_ROWS - 1} more tasks")
        return table
