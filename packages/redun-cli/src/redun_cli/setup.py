"""`redun --setup-help`: what can be given to the function that makes the scheduler.

Floor: command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.session import setup_parameters

if TYPE_CHECKING:
    from redun.config import Config
    from redun.session import SetupParameter

__all__ = ["setup_listing"]


def setup_listing(config: Config) -> str:
    """Render the arguments of `setup_scheduler`, one a line.

    Raises
    ------
    ConfigError
        The configuration names a function that is not there.
    """
    parameters = setup_parameters(config)
    if not parameters:
        named = config.section("scheduler").get_str("setup_scheduler")
        return f"{named} takes no arguments." if named else "The configuration names no setup_scheduler."
    return "\n".join(["Arguments of setup_scheduler (-s NAME=VALUE):", *map(_line, parameters)])


def _line(parameter: SetupParameter) -> str:
    kind = f": {parameter.type}" if parameter.type else ""
    default = "required" if parameter.required else f"default: {parameter.default!r}"
    return f"  {parameter.name}{kind} ({default})"
