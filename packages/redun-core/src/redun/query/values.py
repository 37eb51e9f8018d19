"""A value or a file, to be asked about.

Floor: library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from redun.query.calls import CallView
from redun.query.view import View, printable
from redun.recorder.batch import ValueFlag
from redun.recorder.ids import short
from redun.recorder.reader_files import producers
from redun.recorder.reader_records import FileRecord, ValueRecord

if TYPE_CHECKING:
    from redun.query.jobs import JobView
    from redun.query.lineage import SourceView, UseView
    from redun.query.results import Results

__all__ = ["FileView", "ValueView"]


class ValueView(View):
    """A value as it was described when it was alive; `Record.load` brings it back."""

    COLUMNS: ClassVar = {
        "hash": "text",
        "type": "text",
        "size": "number",
        "preview": "text",
        "format": "text",
        "lazy": "flag",
        "external": "flag",
    }
    __slots__ = ()
    _row: ValueRecord

    def __repr__(self) -> str:
        return f"<value {short(self._row.hash)} {printable(self.type)} {printable(self.preview)}>"

    @property
    def _identity(self) -> object:
        return self._row.hash

    @property
    def hash(self) -> str:
        """40 hex digits."""
        return self._row.hash.hex()

    @property
    def type(self) -> str:
        """The name of its type."""
        return self._row.type

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        return self._row.size

    @property
    def preview(self) -> str:
        """Its text form, at most 200 characters."""
        return self._row.preview

    @property
    def format(self) -> str:
        """PICKLE, RAW for bytes, or JSON for an error."""
        return self._row.format.name

    @property
    def lazy(self) -> bool:
        """Whether it holds expressions that were evaluated further."""
        return bool(self._row.flags & ValueFlag.LAZY)

    @property
    def external(self) -> bool:
        """Whether it stands for something in the world, such as a file."""
        return bool(self._row.flags & ValueFlag.EXTERNAL)

    @property
    def tags(self) -> dict[str, list[Any]]:
        """Its tags: a key may have several values."""
        return self._record.reader.tags("value", [self._row.hash]).get(self._row.hash, {})

    @property
    def parts(self) -> list[ValueView]:
        """The files and the like inside, at most 200."""
        return self._record.values_of(self._record.reader.parts(self._row.hash))

    @property
    def containers(self) -> list[ValueView]:
        """The values that hold it, at most 200."""
        return self._record.values_of(self._record.reader.containers(self._row.hash))

    @property
    def made_by(self) -> list[CallView]:
        """The calls that returned it but were not given it, at most 50."""
        return [CallView(self._record, row) for row in producers(self._record.reader, self._row.hash)]

    def upstream(self) -> Results[SourceView]:
        """Return where it came from: see `Record.upstream`."""
        return self._record.upstream(self)

    def downstream(self, limit: int = 1_000) -> Results[UseView]:
        """Return what was made of it: see `Record.downstream`."""
        return self._record.downstream(self, limit)


class FileView(View):
    """A content that a file had."""

    COLUMNS: ClassVar = {"path": "text", "hash": "text", "read": "flag", "written": "flag"}
    __slots__ = ()
    _row: FileRecord

    def __repr__(self) -> str:
        use = "".join(letter for letter, is_so in (("r", self.read), ("w", self.written)) if is_so)
        return f"<file {short(self._row.value.hash)} {use} {printable(self.path)}>"

    @property
    def _identity(self) -> object:
        return (self._row.path, self._row.value.hash)

    @property
    def path(self) -> str:
        """Where it was."""
        return self._row.path

    @property
    def hash(self) -> str:
        """The hash of path and content."""
        return self._row.value.hash.hex()

    @property
    def read(self) -> bool:
        """Whether it was an argument of a call."""
        return self._row.read

    @property
    def written(self) -> bool:
        """Whether a call made it."""
        return self._row.written

    @property
    def value(self) -> ValueView:
        """It as a value."""
        return ValueView(self._record, self._row.value)

    @property
    def made_by(self) -> list[JobView]:
        """The jobs that made it, at most 50."""
        jobs = [call.job for call in self.value.made_by]
        return [job for job in jobs if job is not None]

    def upstream(self) -> Results[SourceView]:
        """Return where it came from: see `Record.upstream`."""
        return self._record.upstream(self.value)

    def downstream(self, limit: int = 1_000) -> Results[UseView]:
        """Return what was made of it: see `Record.downstream`."""
        return self._record.downstream(self.value, limit)
