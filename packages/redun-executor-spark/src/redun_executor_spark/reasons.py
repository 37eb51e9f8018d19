"""What the texts of Spark's failures say: the reason in a line, the cause for the retry policy, the Python traceback.

Pure: texts in, texts out.
"""

from __future__ import annotations

import re

__all__ = ["cause_in", "cause_in_log", "cause_of_exit", "in_short", "reason_in", "without_spark_frames"]

_CAUSES: tuple[tuple[str, str], ...] = (
    # A job that ends because its application does says that it was cancelled, too.
    (
        "lost",
        r"SparkContext (was|has been) shut ?down|stopped SparkContext|SparkContext or SparkSession.* stopped",
    ),
    ("cancelled", r"SPARK_JOB_CANCELLED|Job \d+ cancelled|OPERATION_CANCELL?ED|operation was cancell?ed"),
    ("cancelled", r"Stage \d+ (was )?cancelled"),
    (
        "preempted",
        r"\bpreempt|decommission|\bevict(ed|ion)\b|[Ss]pot (instance )?(interruption|reclaim|termination)"
        r"|Exit status: -102\b|deleted by a user or the framework",
    ),
    (
        "memory",
        r"OutOfMemoryError|SparkOutOfMemory|UNABLE_TO_ACQUIRE_MEMORY|OOMKilled|possible container OOM"
        r"|Container killed by YARN for exceeding|running beyond (physical|virtual) memory limits"
        r"|[Ee]xit(ed)?( with)?( exit)?( code| status)?(:| is)? ?(137|52|56)\b",
    ),
    (
        "lost",
        r"ExecutorLostFailure|[Ll]ost executor|Remote RPC client disassociated|Python worker exited unexpectedly"
        r"|Executor heartbeat timed out|(Metadata)?FetchFailed|Slave lost|Worker lost|worker lost"
        r"|All masters are unresponsive|Master removed our application|Container released on a \*?lost\*? node"
        r"|Cannot reattach|SESSION_CLOSED|SESSION_NOT_FOUND|OPERATION_NOT_FOUND|SESSION_CHANGED",
    ),
)
_PATTERNS = tuple((cause, re.compile(pattern)) for cause, pattern in _CAUSES)
_HARMLESS = re.compile(r" (INFO|DEBUG|TRACE|WARN) ")
_EXITS = {137: "memory", 52: "memory", 56: "memory", -9: "memory", 143: "lost", -15: "lost"}
_CALLED = re.compile(r"\AAn error occurred while calling \S+\n: ", re.MULTILINE)
_LATEST = re.compile(r"most recent failure: (?:Lost task \S+ in stage \S+ \(TID \d+\) \(([^)]*)\): )?")
_CLASS = re.compile(r"\A(?:\([\w.$]+\) |(?:[\w$]+\.)+[\w$]*(?:Exception|Error): )")
_FRAME = re.compile(r'^  File "([^"]+)", line \d+')
_TRACEBACK = "Traceback (most recent call last):"
_OF_SERVER = "\n\nJVM stacktrace:\n"
_JAVA_FRAMES = 5
_BALLAST = re.compile(
    r"Caused by: |\.? This stopped Spark\w+ was created at:| SQLSTATE: |\. Consider setting "
)
_SHORT = 300


def cause_in(text: str) -> str:
    """Return the cause that a failure's text names: "lost", "memory", "preempted", "cancelled" or "" if none.

    Examples
    --------
    >>> cause_in("ExecutorLostFailure (executor 5 exited) Reason: Command exited with code 52")
    'memory'
    >>> cause_in("Job 3 cancelled because SparkContext was shut down")
    'lost'
    >>> cause_in("[DIVIDE_BY_ZERO] Division by zero.")
    ''
    """
    if _TRACEBACK in text:
        # A function of the user's raised an error, whose words are not Spark's.
        return "memory" if re.match(r"MemoryError\b", _raised(text)) else ""
    return _named(_without_java_frames(text))


def cause_in_log(text: str) -> str:
    """Return the cause that the end of a log names, as `cause_in`; what is no error there is passed over.

    Examples
    --------
    >>> cause_in_log('''26/11/23 09:53:55 INFO BlockManager: Decommission is off
    ... 26/11/23 09:53:56 ERROR StandaloneSchedulerBackend: All masters are unresponsive! Giving up.''')
    'lost'
    """
    lines = _without_java_frames(text).splitlines()
    return _named("\n".join(line for line in lines if not _HARMLESS.search(line)))


def cause_of_exit(code: int) -> str:
    """Return the cause that an exit code of a process of Spark's tells, "" if none; minus a signal's number counts too.

    Examples
    --------
    >>> cause_of_exit(137), cause_of_exit(52), cause_of_exit(1)
    ('memory', 'memory', '')
    """
    return _EXITS.get(code, "")


def reason_in(text: str) -> str:
    """Return what a failure's text says without most of its Java: the message, what caused it, the last few frames.

    Examples
    --------
    >>> print(reason_in('''An error occurred while calling o7.count.
    ... : org.apache.spark.SparkException: No such table
    ... \\tat org.apache.spark.A.b(A.scala:1)
    ... Caused by: java.io.IOException: disk
    ... \\tat org.apache.spark.C.d(C.scala:2)'''))
    org.apache.spark.SparkException: No such table
    Caused by: java.io.IOException: disk
        at org.apache.spark.C.d(C.scala:2)
    """
    lines = _CALLED.sub("", text.split(_OF_SERVER)[0]).strip().splitlines()
    last = max((number for number, line in enumerate(lines) if line.startswith("Caused by: ")), default=0)
    kept = [line for line in lines[:last] if not _is_java_frame(line)]
    frames = 0
    for line in lines[last:]:
        if _is_java_frame(line):
            frames += 1
            if frames > _JAVA_FRAMES:
                continue
        kept.append(line.expandtabs(4))
    return without_spark_frames("\n".join(dict.fromkeys(line for line in kept if line.strip())))


def in_short(text: str) -> str:
    """Return what a failure's text says, in one line.

    Examples
    --------
    >>> in_short('''Job aborted due to stage failure: Task 0 in stage 8.0 failed 4 times, most recent failure: Lost task
    ... 0.3 in stage 8.0 (TID 28) (10.0.0.7 executor 2): ExecutorLostFailure (executor 2 exited) Reason: Slave lost
    ... Driver stacktrace:''')
    'ExecutorLostFailure (executor 2 exited) Reason: Slave lost, on 10.0.0.7 executor 2'
    """
    if _TRACEBACK in text:
        return _raised(text)
    said = " ".join(_without_java_frames(_CALLED.sub("", text)).split())
    said = (
        said.split(" Driver stacktrace:")[0]
        .split(" JVM stacktrace:")[0]
        .removeprefix("org.apache.spark.SparkException: Exception thrown in awaitResult: ")
    )
    latest = _LATEST.search(said)
    if latest:
        said = said[latest.end() :]
    said = _CLASS.sub("", _BALLAST.split(said)[0].strip()).rstrip(".")
    if len(said) > _SHORT:
        said = said[:_SHORT].rsplit(" ", 1)[0] + " …"
    return f"{said}, on {latest[1]}" if latest and latest[1] else said


def without_spark_frames(text: str) -> str:
    """Return a text without the frames of pyspark's own in its Python tracebacks."""
    kept: list[str] = []
    skips = False
    for line in text.splitlines():
        frame = _FRAME.match(line)
        if frame:
            skips = "/pyspark/" in frame[1].replace("\\", "/")
        elif not line.startswith("    "):
            skips = False
        if not skips:
            kept.append(line)
    return "\n".join(kept)


def _named(text: str) -> str:
    return next((cause for cause, pattern in _PATTERNS if pattern.search(text)), "")


def _raised(text: str) -> str:
    """Return the line by which the last Python traceback of a text ends: the error's class and message."""
    after = text.rpartition(_TRACEBACK)[2].splitlines()[1:]
    return next((line for line in after if line[:1].strip()), "")


def _without_java_frames(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not _is_java_frame(line))


def _is_java_frame(line: str) -> bool:
    stripped = line.lstrip()
    return line[:1].isspace() and (stripped.startswith("at ") or bool(re.match(r"\.\.\. \d+ more", stripped)))
