"""What a plugin can supply, as frozen records; `redun.plugin` shows them to plugin authors.

Floor: ground. Names are brought into their one spelling and checked when a record is made, so that a
mistake is reported as one of the plugin that makes it. A target is `module:attribute`, imported on first
use: listing what exists imports nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import attrs

from redun.errors import PluginError

__all__ = [
    "CommandSpec",
    "ExecutorSpec",
    "FileSystemSpec",
    "RecorderSpec",
    "TaskOptionSpec",
    "ValueTypeSpec",
]

_Validator = Callable[[object, "attrs.Attribute[str]", str], None]

_IDENTIFIER = r"[^\W\d]\w*"
_SCHEME = r"[a-z][a-z0-9.+-]*"
_COMMAND = r"[a-z][a-z0-9_-]*"
_DOTTED = rf"{_IDENTIFIER}(\.{_IDENTIFIER})*"


def _stripped(text: str) -> str:
    return text.strip()


def _word(text: str) -> str:
    return text.strip().lower().replace("-", "_")


def _scheme(text: str) -> str:
    return text.strip().lower().removesuffix("://")


def _path(text: str) -> str:
    return " ".join(text.lower().split())


def _like(example: str, pattern: str) -> _Validator:
    compiled = re.compile(pattern)

    def check(record: object, attribute: attrs.Attribute[str], value: str) -> None:
        if not compiled.fullmatch(value):
            kind = type(record).__name__
            raise PluginError(f"{kind}: {attribute.name} {value!r} is ill-formed; write it like {example!r}")

    return check


def _types(record: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    kinds = value if isinstance(value, tuple) else (value,)
    if not kinds or not all(isinstance(kind, type) for kind in kinds):
        kind = type(record).__name__
        raise PluginError(f"{kind}: {attribute.name} {value!r} is neither a type nor a tuple of types")


_TARGET = _like("package.module:Class", f"{_DOTTED}:{_DOTTED}")


@attrs.frozen
class ExecutorSpec:
    """A kind of executor: what `type = NAME` in a section `[executors.…]` asks for.

    Attributes
    ----------
    name : str
        Lower case, words joined by underscores: `aws_batch`.
    target : str
        `module:attribute` of the class, called with the executor's name and its section; see `redun.executors`.
    help : str
        One line for listings.

    Examples
    --------
    >>> ExecutorSpec("herd", "redun_executor_herd.pool:HerdExecutor", "Threads.").name
    'herd'
    >>> ExecutorSpec("herd", "redun_executor_herd.pool")
    Traceback (most recent call last):
        ...
    redun.errors.PluginError: ExecutorSpec: target 'redun_executor_herd.pool' is ill-formed; write it like ...
    """

    name: str = attrs.field(converter=_word, validator=_like("aws_batch", r"[a-z]\w*"))
    target: str = attrs.field(validator=_TARGET)
    help: str = ""


@attrs.frozen
class RecorderSpec:
    """A kind of record: what the scheme of `db_uri` asks for.

    Attributes
    ----------
    scheme : str
        What stands before `://`: `postgresql`.
    target : str
        `module:attribute` of the class, see `redun.recorder.interface`. It is called with the path after three slashes,
        or else with the whole URL. A class with options of its own in section `[backend]` has a class method
        `configured(url, section, *, migrate)`, which is called instead; `migrate` says whether to bring an older schema
        to the present one, None that nobody said so.
    database : str, optional
        `module:attribute` of what opens such a record for looking: called with the path or the URL, it answers an
        `OpenedDatabase` of `redun.recorder.reader_database`. Without it, commands such as `redun log` cannot look.
    session : str, optional
        `module:attribute` of what opens it for changes beside whatever else writes: called with the path or the URL,
        it answers a `Session` of `redun.recorder.transaction`. Without it, `redun tag` cannot change tags.
    upkeep : str, optional
        `module:attribute` of what looks after its database: called with the path or the URL, it answers an `Upkeep` of
        `redun.retention.upkeep`. Without it, `redun db` can neither describe nor check it, nor change its schema.

    Examples
    --------
    >>> RecorderSpec("postgresql", "redun_backend_postgres.recorder:PostgresRecorder").scheme
    'postgresql'
    """

    scheme: str = attrs.field(converter=_scheme, validator=_like("postgresql", _SCHEME))
    target: str = attrs.field(validator=_TARGET)
    database: str | None = attrs.field(default=None, validator=attrs.validators.optional(_TARGET))
    session: str | None = attrs.field(default=None, validator=attrs.validators.optional(_TARGET))
    upkeep: str | None = attrs.field(default=None, validator=attrs.validators.optional(_TARGET))


@attrs.frozen
class FileSystemSpec:
    """A file system: what the scheme of a path asks for.

    Attributes
    ----------
    scheme : str
        What stands before `://`: `s3`.
    target : str
        `module:attribute` of the class, called without arguments; see `redun.filesystems`.

    Examples
    --------
    >>> FileSystemSpec("s3", "redun_fs_s3.filesystem:S3FileSystem").scheme
    's3'
    """

    scheme: str = attrs.field(converter=_scheme, validator=_like("s3", _SCHEME))
    target: str = attrs.field(validator=_TARGET)


@attrs.frozen
class ValueTypeSpec:
    """A type of values that redun treats in a way of its own.

    Attributes
    ----------
    type_name : str
        Full name of the type: `numpy.ndarray`.
    target : str
        `module:attribute` of what treats it: a class derived from `redun.value.ProxyValue`, or a
        `redun.value.treatment.Treatment`.

    Examples
    --------
    >>> ValueTypeSpec("numpy.ndarray", "redun_value_numpy.arrays:ARRAYS").type_name
    'numpy.ndarray'
    """

    type_name: str = attrs.field(converter=_stripped, validator=_like("numpy.ndarray", _DOTTED))
    target: str = attrs.field(validator=_TARGET)


@attrs.frozen
class CommandSpec:
    """A command of the `redun` program.

    Attributes
    ----------
    path : str
        The words that call it: `aws logs` is the command `logs` in the group `aws`.
    target : str
        `module:attribute` of a click command.
    help : str
        One line for `redun --help`, shown without importing the target.

    Examples
    --------
    >>> CommandSpec("herd status", "redun_executor_herd.commands:status", "Show how the herd is.").path
    'herd status'
    """

    path: str = attrs.field(converter=_path, validator=_like("aws logs", rf"{_COMMAND}( {_COMMAND})*"))
    target: str = attrs.field(validator=_TARGET)
    help: str = ""


@attrs.frozen
class TaskOptionSpec:
    """An option that tasks may be given: `@task(NAME=…)`.

    Attributes
    ----------
    name : str
        A Python identifier.
    type : type or tuple of types
        What the option's value must be an instance of.
    help : str
        One line for listings.

    Examples
    --------
    >>> TaskOptionSpec("breed", str, "Which animals run the task.").name
    'breed'
    """

    name: str = attrs.field(converter=_stripped, validator=_like("queue", _IDENTIFIER))
    type: type | tuple[type, ...] = attrs.field(validator=_types)
    help: str = ""
