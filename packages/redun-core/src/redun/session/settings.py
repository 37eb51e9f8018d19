"""What the configuration gives every execution: its context, its tags, the size of what it may record,
how often its state is told.

Floor: composition.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redun.errors import ArgumentError
from redun.tags import encode_tags, parse_tag_value
from redun.task.context import Context, layered

if TYPE_CHECKING:
    from redun.config import Config
    from redun.recorder.interface import Recorder

__all__ = ["execution_context", "execution_tags", "max_value_size", "project_root", "status_interval"]

STATUS_INTERVAL_S = 20.0


def execution_context(config: Config, given: Mapping[str, Any] | None) -> Context | None:
    """Return the context of an execution: what is configured, with what is given merged in.

    Raises
    ------
    ConfigError
        The configured context cannot be read.
    ArgumentError
        What is given is no context.
    """
    configured = _configured(config)
    try:
        return Context.of(layered("run(context=...)", configured, given or {}))
    except TypeError as error:
        raise ArgumentError(str(error)) from None


def _configured(config: Config) -> dict[str, Any]:
    section = config.section("scheduler")
    option = "context"
    text, file = section.get_str("context"), section.get_str("context_file")
    if file is not None:
        if text is not None:
            raise section.error("context_file", "context is set too; give one of them")
        option = "context_file"
        path = (config.configdir or Path.cwd()) / Path(file).expanduser()
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise section.error(option, f"{path} cannot be read: {reason}") from None
    if text is None:
        return {}
    try:
        return layered("the value", json.loads(text))
    except ValueError as error:
        raise section.error(option, f"it is not JSON: {error}") from None
    except TypeError as error:
        raise section.error(option, str(error)) from None


def execution_tags(config: Config, given: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Return the tags of section `[tags]` and those that are given, as keys and JSON texts.

    Raises
    ------
    ConfigError
        A configured tag cannot be read.
    ArgumentError
        What is given are no tags.
    """
    section = config.section("tags")
    configured = []
    for key in config.options("tags"):
        try:
            configured.append((key, parse_tag_value(section.get_str(key, ""))))
        except ValueError as error:
            raise section.error(key, str(error)) from None
    try:
        return [*encode_tags("section [tags]", configured), *encode_tags("run(tags=...)", given)]
    except TypeError as error:
        raise ArgumentError(str(error)) from None


def max_value_size(config: Config, recorder: Recorder) -> float:
    """Return how many bytes a recorded value may take: as many as the recorder can keep, or fewer if so configured.

    Raises
    ------
    ConfigError
        The option is no number.
    """
    size = config.section("backend").get_int("max_value_size", minimum=0)
    largest: float = getattr(recorder, "largest_value", math.inf)
    return largest if size is None else min(size, largest)


def project_root(config: Config) -> str:
    """Return the absolute path of the folder that holds the project's code.

    It is the one above the folder `.redun` of the configuration, if the current folder lies below it; else the
    current folder.
    """
    here, folder = Path.cwd(), config.configdir
    if folder is not None and folder.name == ".redun" and here.is_relative_to(folder.absolute().parent):
        return str(folder.absolute().parent)
    return str(here)


def status_interval(config: Config) -> float:
    """Return the seconds between two status tables; 0 for none.

    Raises
    ------
    ConfigError
        The option is no number.
    """
    return config.section("scheduler").get_float("job_status_interval", STATUS_INTERVAL_S)
