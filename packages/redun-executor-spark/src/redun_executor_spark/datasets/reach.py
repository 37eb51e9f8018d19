"""Whether Spark's own readers and writers reach a path."""

from __future__ import annotations

import os
from typing import Any

from redun.filesystems.registry import scheme_of

__all__ = ["is_connect", "url_for"]

_SCHEMES = {"s3": "s3a"}
"""What Hadoop calls a scheme of redun's."""

_CLASSES = {"avro": "org.apache.spark.sql.v2.avro.AvroDataSourceV2"}
"""Of formats that Spark reads only with a package on its class path."""

_FORMATS = ("avro", "csv", "json", "orc", "parquet")


def url_for(session: Any, path: str, format: str) -> str | None:  # noqa: A002
    """Return the URL by which Spark itself reads and writes a path; None if Python on its workers has to."""
    if format not in _FORMATS:
        raise ValueError(f"Spark datasets are of the formats {', '.join(_FORMATS)}, not {format!r}.")
    scheme = scheme_of(path)
    if scheme == "file":
        url, known = "file://" + os.path.abspath(path), True
    else:
        theirs = _SCHEMES.get(scheme, scheme)
        url, known = theirs + path[len(scheme) :], _has_filesystem(session, theirs)
    if known and format in _CLASSES:
        known = _has_class(session, _CLASSES[format])
    return url if known else None


def is_connect(thing: Any) -> bool:
    """Tell whether a session or DataFrame is one of Spark Connect, which shows nothing of its JVM."""
    return ".connect." in type(thing).__module__


def _has_filesystem(session: Any, scheme: str) -> bool:
    if is_connect(session):
        return False
    context = session.sparkContext
    settings = context._jsc.hadoopConfiguration()
    return _answers(lambda: context._jvm.org.apache.hadoop.fs.FileSystem.getFileSystemClass(scheme, settings))


def _has_class(session: Any, name: str) -> bool:
    if is_connect(session):
        return False
    threads = session.sparkContext._jvm.java.lang.Thread
    return _answers(lambda: threads.currentThread().getContextClassLoader().loadClass(name))


def _answers(ask: Any) -> bool:
    from py4j.protocol import Py4JJavaError

    try:
        ask()
    except Py4JJavaError:
        # What Java says of a class that is not on its path.
        return False
    return True
