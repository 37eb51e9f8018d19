"""How a worker of Spark gets at the files of a file system that this process uses."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from functools import cache
from typing import Any

import attrs
from redun.errors import UnknownProviderError
from redun.filesystems.base import FileSystem
from redun.filesystems.registry import get_filesystem, options_of

__all__ = ["Access"]


@attrs.frozen
class Access:
    """A file system as its class, options and surroundings; sent to the workers.

    Attributes
    ----------
    scheme : str
    kind : bytes
        Pickle of the class: of one of the project's as a whole, of an installed one by its name.
    options : tuple of (str, object)
        Its section of the configuration.
    environment : tuple of (str, str)
        Variables by which it finds the same files.
    """

    scheme: str
    kind: bytes
    options: tuple[tuple[str, Any], ...]
    environment: tuple[tuple[str, str], ...]

    @classmethod
    def to(cls, path: str) -> Access:
        """Describe the file system that serves a path."""
        from pyspark import cloudpickle

        from redun_executor_spark.shipping import send_project_by_value

        filesystem = get_filesystem(path)
        send_project_by_value()
        return cls(
            filesystem.scheme,
            cloudpickle.dumps(type(filesystem)),
            _pairs(options_of(filesystem.scheme)),
            _pairs(filesystem.environment()),
        )

    def filesystem(self) -> FileSystem:
        """Return the file system, made once for each process.

        Raises
        ------
        UnknownProviderError
            The worker's Python has no such class.
        """
        return _made(self)


@cache
def _made(access: Access) -> FileSystem:
    os.environ.update(access.environment)
    try:
        kind = pickle.loads(access.kind)
    except ImportError as error:
        raise UnknownProviderError(
            f"The Python of Spark's workers has nothing for {access.scheme}:// ({error}). Install there what is "
            "installed here, or give Spark itself what reads it, such as packages = "
            "org.apache.hadoop:hadoop-aws:VERSION."
        ) from error
    made: FileSystem = kind()
    made.configure(dict(access.options))
    return made


def _pairs(found: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(found.items()))
