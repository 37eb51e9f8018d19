"""Spark's properties as a file, for a command line is there for everybody to see."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

from redun_executor_spark.temporary import temporary_folder

__all__ = ["properties_file", "properties_text"]

_SPECIAL = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@contextmanager
def properties_file(properties: Mapping[str, str], defaults: Path) -> Iterator[str]:
    """Write properties into a file that nobody else can read, and return its path; it is removed in the end.

    Parameters
    ----------
    properties : mapping of str to str
    defaults : Path
        Spark's own file of defaults, which it does not read beside another one; there need be none.
    """
    # Secrets may be among them: what a process leaves that is killed, the next one removes.
    with temporary_folder() as folder:
        handle, path = mkstemp(".conf", dir=folder)
        with open(handle, "w", encoding="utf-8") as file:
            with suppress(FileNotFoundError):
                file.write(defaults.read_text(encoding="utf-8") + "\n")
            file.write(properties_text(properties))
        yield path


def properties_text(properties: Mapping[str, str]) -> str:
    """Return properties as Java reads them from a file.

    Examples
    --------
    >>> print(properties_text({"spark.app.name": " a\\nb", "spark.executor.memory": "4g"}), end="")
    spark.app.name=\\ a\\nb
    spark.executor.memory=4g
    """
    return "".join(f"{_key(name)}={_value(value)}\n" for name, value in sorted(properties.items()))


def _key(text: str) -> str:
    return re.sub(r"([ :=#!])", r"\\\1", _value(text))


def _value(text: str) -> str:
    plain = "".join(_SPECIAL.get(character, character) for character in text)
    # Java takes spaces before a value for none of it.
    return re.sub(r"\A ", r"\\ ", plain)
