"""What went wrong in a plugin, kept as a record.

Floor: host.
"""

from __future__ import annotations

import traceback

import attrs

from redun.host.origin import Origin

__all__ = ["PluginFailure", "describe"]


@attrs.frozen
class PluginFailure:
    """Something that a plugin did wrong.

    Attributes
    ----------
    name, distribution, version : str
        The plugin; see `Origin`.
    stage : str
        Where it happened: `selection`, `discovery`, `import`, `version`, `hooks`, `conflict`, `target`, or
        the name of the hook that raised.
    error : str
        What happened, on one line, with file and line where known.
    """

    name: str
    distribution: str
    version: str
    stage: str
    error: str

    @classmethod
    def of(cls, origin: Origin, stage: str, error: BaseException | str) -> PluginFailure:
        """Record an error, or a message, of a plugin."""
        text = error if isinstance(error, str) else describe(error)
        return cls(origin.name, origin.distribution, origin.version, stage, text)

    def __str__(self) -> str:
        who = f"plugin {self.name!r} ({self.distribution} {self.version})"
        return f"{who}, {self.stage}: {self.error}"


def describe(error: BaseException) -> str:
    """Return type, message and place of an error on one line."""
    from redun.errors import RedunError

    message = " ".join(str(error).split())
    if isinstance(error, RedunError) and message:
        return message
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {message}{place}" if message else f"{type(error).__name__}{place}"
