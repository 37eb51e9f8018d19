"""Stand-ins for `sys.stdout` and `sys.stderr` that keep what jobs write, and the ear for what they log.

Floor: executors. Everything is passed on to the stream that was there, as if nobody listened. The streams and the
factory of log records belong to the whole process: what others put in our place in the meantime stays, and ours, where
somebody still holds it, passes everything on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from threading import Lock, local
from types import TracebackType
from typing import TYPE_CHECKING, Any

from redun.executors.capture import Slot, slot
from redun.executors.output import OutputStream

if TYPE_CHECKING:
    from logging import LogRecord

    from redun.secrets.redaction import Redactor

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

    def __init__(self, stream: Any, number: int, router: _Router) -> None:
        self._stream = stream
        self._number = number
        self._router = router

    def write(self, data: Any) -> Any:
        job = slot.get()
        secrets = self._router.secrets
        if job is None or not job.active or _passing.on:
            if not secrets:
                return self._stream.write(data)
            return self._write_without(None, data)
        written = _passed(partial(self._write_without, job) if secrets else self._stream.write, data)
        job.keep(self._number, bytes(data))
        return written

    def _write_without(self, job: Slot | None, data: Any) -> int:
        text = bytes(data).decode("utf-8", "surrogateescape")
        if job is not None:
            # What was held back, perhaps the first bytes of a character.
            held = job.line(self._router, "", whole=True)
            text = (held + text).encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
        text = self._router.without_secrets(text, job)
        self._stream.write(text.encode("utf-8", "surrogateescape"))
        return len(data)

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
        self.redactors: list[Redactor] = []

    @property
    def secrets(self) -> bool:
        """Some are known."""
        return any(self.redactors)

    def write(self, text: Any) -> Any:
        job = slot.get()
        if job is None or not job.active or _passing.on:
            if isinstance(text, str) and self.secrets:
                self._stream.write(self.without_secrets(text))
                return len(text)
            return self._stream.write(text)
        if not isinstance(text, str):
            # The stream refuses it, in its own words.
            return _passed(self._stream.write, text)
        whole = "\n" in text or "\r" in text or len(text) > _LONG
        shown = job.line(self, text, whole=whole or not (self._any_text or text.isascii()))
        if shown:
            _passed(self._stream.write, self.without_secrets(shown, job) if self.secrets else shown)
        job.keep(self._number, text.encode("utf-8", "backslashreplace"))
        return len(text)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        self._let_go(last=False)
        self._stream.flush()

    def let_go(self) -> None:
        """Pass on the beginning of a line that a job has written."""
        self._let_go(last=True)

    def _let_go(self, *, last: bool) -> None:
        job = slot.get()
        if job is not None and job.active and not _passing.on:
            shown = job.line(self, "", whole=True)
            if shown:
                if self.secrets:
                    shown = self.without_secrets(shown, None if last else job)
                _passed(self._stream.write, shown)

    def without_secrets(self, text: str, job: Slot | None = None) -> str:
        """Return a text without the secrets that are known; what may begin one, at its end, waits for what follows."""
        held = 0
        for redactor in self.redactors:
            if redactor:
                text = redactor.text(text)
                held = max(held, redactor.begun(text))
        if job is None or not held:
            return text
        job.line(self, text[-held:], whole=False)
        return text[:-held]

    @property
    def buffer(self) -> _Bytes:
        """The binary stream below."""
        self._let_go(last=False)
        return _Bytes(self._stream.buffer, self._number, self)

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
        self.redactors: list[Redactor] = []

    def __call__(self, *args: Any, **keywords: Any) -> LogRecord:
        record = self._make(*args, **keywords)
        job = slot.get()
        if any(self.redactors):
            _without_secrets(record, self.redactors)
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


def _without_secrets(record: LogRecord, redactors: Sequence[Redactor]) -> None:
    """Take secrets out of a log record, whoever formats it later."""
    try:
        message = text = record.getMessage()
    except Exception:
        # Arguments that do not fit the message, which logging itself complains about, showing them.
        message, text = "", repr(record.msg)
    if record.exc_info and record.exc_info[0] is not None:
        import traceback

        record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
    for redactor in redactors:
        text = redactor.text(text)
        if record.exc_text:
            record.exc_text = redactor.text(record.exc_text)
    if text != message:
        record.msg, record.args = text, ()


def _log_text(record: LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception:
        # Arguments that do not fit the message, which logging itself complains about.
        text = f"{record.msg!r} {record.args!r}"
    if record.exc_text:
        text += "\n" + record.exc_text
    elif record.exc_info and record.exc_info[0] is not None:
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
    redactor : Redactor, optional
        Takes secrets out of what is passed on; what is kept is whoever records it to look at.
    """

    def __init__(self, on: bool = True, *, streams: bool = True, redactor: Redactor | None = None) -> None:
        self._on = on
        self._redactor = redactor
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
                if self._redactor is not None:
                    router.redactors.append(self._redactor)
                setattr(sys, name, router)
                self._routers.append((name, router))
            factory = logging.getLogRecordFactory()
            self._factory = factory if type(factory) is _RecordFactory else _RecordFactory(factory)
            self._factory.users += 1
            if self._redactor is not None:
                self._factory.redactors.append(self._redactor)
            logging.setLogRecordFactory(self._factory)

    def redact(self, redactor: Redactor) -> None:
        """Take secrets out of what is passed on, from now on."""
        if self._on:
            self._redactor = redactor
            for _, router in self._routers:
                router.redactors.append(redactor)
            assert self._factory is not None
            self._factory.redactors.append(redactor)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._on:
            return
        import logging

        with _installing:
            for name, router in self._routers:
                router.users -= 1
                if self._redactor is not None:
                    router.redactors.remove(self._redactor)
                if not router.users and getattr(sys, name) is router:
                    setattr(sys, name, router._stream)
            self._routers.clear()
            factory, self._factory = self._factory, None
            assert factory is not None
            factory.users -= 1
            if self._redactor is not None:
                factory.redactors.remove(self._redactor)
            if not factory.users and logging.getLogRecordFactory() is factory:
                logging.setLogRecordFactory(factory._make)
