"""Stand-ins for `sys.stdout` and `sys.stderr` that keep what jobs write, and the ear for what they log.

Floor: executors. Everything is passed on to the stream that was there, as if nobody listened. The streams and the
factory of log records belong to the whole process: what others put in our place in the meantime stays, and ours, where
somebody still holds it, passes everything on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from threading import Lock, local
from types import TracebackType
from typing import TYPE_CHECKING, Any

from redun.executors.capture import slot
from redun.executors.output import OutputStream

if TYPE_CHECKING:
    from logging import LogRecord

__all__ = ["Capturing"]

_NAMES = (("stdout", OutputStream.STDOUT), ("stderr", OutputStream.STDERR))
_LONG = 8192
_installing = Lock()


class _Passing(local):
    """Whether a router further out has taken what this thread is writing."""

    on = False


_passing = _Passing()


class _Bytes:
    """A binary stream that passes on what is written, and keeps it if a job writes; all else is the stream's own."""

    def __init__(self, stream: Any, number: int) -> None:
        self._stream = stream
        self._number = number

    def write(self, data: Any) -> Any:
        job = slot.get()
        if job is None or not job.active or _passing.on:
            return self._stream.write(data)
        written = _passed(self._stream.write, data)
        job.keep(self._number, bytes(data))
        return written

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Router:
    """A stream that passes on what is written, and keeps it if a job writes; all else is the stream's own.

    Of what a job writes whole lines are passed on, for `print` writes its arguments one by one, and those of other jobs
    would get between. What the stream might refuse for its encoding is passed on at once.
    """

    def __init__(self, stream: Any, number: int) -> None:
        self._stream = stream
        self._number = number
        encoding = getattr(stream, "encoding", None) or "utf-8"
        self._any_text = encoding.lower().replace("-", "") == "utf8"
        self.users = 0

    def write(self, text: Any) -> Any:
        job = slot.get()
        if job is None or not job.active or _passing.on:
            return self._stream.write(text)
        if not isinstance(text, str):
            # The stream refuses it, in its own words.
            return _passed(self._stream.write, text)
        whole = "\n" in text or "\r" in text or len(text) > _LONG
        shown = job.line(self, text, whole=whole or not (self._any_text or text.isascii()))
        if shown:
            _passed(self._stream.write, shown)
        job.keep(self._number, text.encode("utf-8", "backslashreplace"))
        return len(text)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        self.let_go()
        self._stream.flush()

    def let_go(self) -> None:
        """Pass on the beginning of a line that a job has written."""
        job = slot.get()
        if job is not None and job.active and not _passing.on:
            shown = job.line(self, "", whole=True)
            if shown:
                _passed(self._stream.write, shown)

    @property
    def buffer(self) -> _Bytes:
        """The binary stream below."""
        self.let_go()
        return _Bytes(self._stream.buffer, self._number)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> _Router:
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.close()

    def __repr__(self) -> str:
        return f"<keeps what jobs write to {self._stream!r}>"


class _RecordFactory:
    """Makes log records as before, and keeps those that jobs make.

    A handler on the root logger would see fewer, and its mere presence would turn `logging.basicConfig` into nothing
    and warnings without any handler silent.
    """

    def __init__(self, make: Callable[..., LogRecord]) -> None:
        self._make = make
        self.users = 0

    def __call__(self, *args: Any, **keywords: Any) -> LogRecord:
        record = self._make(*args, **keywords)
        job = slot.get()
        # Records without a name are copies of others, such as a queue hands on.
        if job is not None and job.active and record.name is not None:
            job.keep(OutputStream.LOG, _log_text(record).encode("utf-8", "backslashreplace"))
        return record


def _passed(write: Callable[[Any], Any], given: Any) -> Any:
    _passing.on = True
    try:
        return write(given)
    finally:
        _passing.on = False


def _log_text(record: LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception:
        # Arguments that do not fit the message, which logging itself complains about.
        text = f"{record.msg!r} {record.args!r}"
    if record.exc_info and record.exc_info[0] is not None:
        import traceback

        text += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
    return f"{record.levelname} {record.name}: {text}\n"


class Capturing:
    """Keeps what jobs print and log while the context lasts; contexts may be nested and overlap.

    Parameters
    ----------
    on : bool
        False: does nothing.
    streams : bool
        False: only what they log is kept.
    """

    def __init__(self, on: bool = True, *, streams: bool = True) -> None:
        self._on = on
        self._names = _NAMES if streams else ()
        self._routers: list[tuple[str, _Router]] = []
        self._factory: _RecordFactory | None = None

    def __enter__(self) -> None:
        if not self._on:
            return
        import logging

        with _installing:
            for name, number in self._names:
                stream = getattr(sys, name)
                if stream is None:
                    continue
                router = stream if type(stream) is _Router else _Router(stream, number)
                router.users += 1
                setattr(sys, name, router)
                self._routers.append((name, router))
            factory = logging.getLogRecordFactory()
            self._factory = factory if type(factory) is _RecordFactory else _RecordFactory(factory)
            self._factory.users += 1
            logging.setLogRecordFactory(self._factory)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._on:
            return
        import logging

        with _installing:
            for name, router in self._routers:
                router.users -= 1
                if not router.users and getattr(sys, name) is router:
                    setattr(sys, name, router._stream)
            self._routers.clear()
            factory, self._factory = self._factory, None
            assert factory is not None
            factory.users -= 1
            if not factory.users and logging.getLogRecordFactory() is factory:
                logging.setLogRecordFactory(factory._make)
