"""Why a call on Spark failed: the error that says so in the user's terms, and the cause for the retry policy.

Spark tells of lost executors, memory that ran out and cancelled jobs by the same two or three classes of errors as of
mistakes in a query, so that the texts decide (`reasons`).
"""

from __future__ import annotations

import re

import attrs
from redun.errors import ExecutorError, JobCancelledError, JobLostError, JobMemoryError

from redun_executor_spark.plain_errors import is_from_spark, plain, text_of, trimmed
from redun_executor_spark.reasons import cause_in, cause_in_log, cause_of_exit, in_short

__all__ = ["Fate", "fate_of", "fate_of_exit"]

_LINES = 20
_KILLED = ("137", "-9")
_UNAVAILABLE = "StatusCode.UNAVAILABLE"
_DETAILS = re.compile(r'details = "([^"]*)"')


@attrs.frozen
class Fate:
    """How a call failed.

    Attributes
    ----------
    cause : str
        As of a `Completion`: "error", "lost", "memory", "preempted" or "cancelled".
    error : BaseException
        What to tell the user; it needs no JVM to be shown.
    """

    cause: str
    error: BaseException


def fate_of(error: BaseException, *, task: str, log: str = "") -> Fate:
    """Return what an error that a body or a Spark job raised means for its call.

    An error that is not Spark's, or tells of a mistake in the user's own code or query, stays what it is, by class and
    message; one of Spark's own troubles becomes redun's error for them.

    Parameters
    ----------
    error : BaseException
        As raised.
    task : str
        Full name of the task.
    log : str
        The end of what the application's JVM logged; quoted only where the JVM itself failed.

    Examples
    --------
    >>> fate_of(ValueError("no such sample"), task="flow.clean")
    Fate(cause='error', error=ValueError('no such sample'))
    """
    if not is_from_spark(error):
        return Fate("lost" if isinstance(error, JobLostError) else "error", error)
    text = text_of(error)
    cause = cause_in(text)
    if not cause and _is_broken_connection(error, text):
        return _of_a_gone_jvm(error, task, log)
    if not cause:
        return Fate("error", plain(error))
    return Fate(cause, _caused(_told(cause, in_short(text), task, _asks_driver(text)), error))


def fate_of_exit(code: int | None, output: str, *, task: str, what: str = "spark-submit") -> Fate:
    """Return what the end of a process without a result means for its call.

    Parameters
    ----------
    code : int or None
        Its exit code; minus a signal's number where one ended it.
    output : str
        The end of what it wrote, which the error quotes.
    task : str
        Full name of the task.
    what : str
        What to call the process.

    Examples
    --------
    >>> fate = fate_of_exit(1, "ERROR Exception: All masters are unresponsive! Giving up.", task="flow.clean")
    >>> fate.cause, type(fate.error).__name__
    ('lost', 'JobLostError')
    """
    cause = cause_in_log(output) or (cause_of_exit(code) if code is not None else "lost")
    ended = f"{what} ended with exit code {code}" if code is not None else f"{what} ended"
    if not cause:
        message = f"Task {task}: {ended} and left no result."
        return Fate("error", ExecutorError(message + _quoted(output, "It wrote")))
    told = _told(cause, ended, task, is_driver=True)
    return Fate(cause, type(told)(f"{told}{_quoted(output, 'It wrote')}"))


def _told(cause: str, said: str, task: str, is_driver: bool) -> ExecutorError:
    """Return the error for one of Spark's own troubles."""
    if cause == "memory":
        # The kernel ends what takes too much in this way; so does whoever kills by hand.
        perhaps = "seems to have run" if any(code in said for code in _KILLED) else "ran"
        option = "driver_memory" if is_driver else "executor_memory"
        where = "the application's driver" if is_driver else "an executor"
        return JobMemoryError(
            f"Task {task}: {where} of Spark {perhaps} out of memory ({said}). "
            f'Give it more by the option {option}, such as "4g", of the task or of its executor\'s section.'
        )
    if cause == "preempted":
        return JobLostError(f"Task {task}: Spark lost what it ran on, which was taken away ({said}).")
    if cause == "cancelled":
        return JobCancelledError(f"Task {task}: its Spark job was cancelled ({said}).")
    return JobLostError(f"Task {task}: Spark lost what it ran on ({said}).")


def _of_a_gone_jvm(error: BaseException, task: str, log: str) -> Fate:
    cause = "memory" if cause_in_log(log) == "memory" else "lost"
    text = text_of(error)
    away = _DETAILS.search(text) if _UNAVAILABLE in text else None
    who = "the server of Spark Connect" if away else "its Java process"
    said = f"{who} no longer answers: {away[1] if away else in_short(text) or type(error).__name__}"
    told = _told(cause, said, task, is_driver=True)
    return Fate(cause, _caused(type(told)(f"{told}{_quoted(log, 'Its log ends')}"), error))


def _caused(told: ExecutorError, error: BaseException) -> ExecutorError:
    """Show where the body was; the error of Spark's itself would ask a JVM for its text."""
    told.__suppress_context__ = True
    return told.with_traceback(trimmed(error.__traceback__))


def _is_broken_connection(error: BaseException, text: str) -> bool:
    if isinstance(error, OSError) or type(error).__name__ == "Py4JNetworkError":
        return True
    return "Answer from Java side is empty" in text or _UNAVAILABLE in text


def _asks_driver(text: str) -> bool:
    """Tell whether it is the driver that ran out of memory: no stage of a job is mentioned."""
    return "stage failure" not in text and "executor" not in text.split("\n\tat ")[0]


def _quoted(text: str, opening: str) -> str:
    lines = text.rstrip().splitlines()[-_LINES:]
    return f"\n{opening}:\n" + "\n".join(f"  {line}" for line in lines) if lines else ""
