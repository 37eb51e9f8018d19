"""The signer of a configuration, for the recorder that it names.

Floor: composition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redun.errors import ConfigError
from redun.signing.names import SECTION

if TYPE_CHECKING:
    from redun.config import Config

__all__ = ["signing_options"]


def signing_options(config: Config, make: Callable[..., Any], scheme: str) -> dict[str, Any]:
    """Return what a recorder is told of signatures: nothing without section `[signing]`.

    Raises
    ------
    ConfigError
        The key is not there, or this kind of recorder cannot sign.
    """
    if SECTION not in config.section_names():
        return {}
    from inspect import signature

    parameters = signature(make).parameters
    if "signer" not in parameters and not any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
        # Else it would read what nobody signed.
        raise ConfigError(
            f"Section [{SECTION}] asks for signatures, and the recorder of {scheme}:// knows none. Use another record, "
            "or a newer version of that plugin."
        )
    from redun.signing.keys import configured_signer

    return {"signer": configured_signer(config)}
