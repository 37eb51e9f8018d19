"""The keys of section `[signing]`: the first signs, the signatures of all are accepted.

Floor: signing. A key lies in a file or an environment variable, not in the configuration, which is shared.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from redun.secrets.key_text import HOW_TO_MAKE, key_of_hex, read_private
from redun.signing.names import SECTION
from redun.signing.signer import Signer

if TYPE_CHECKING:
    from redun.config import Config, Section

__all__ = ["configured_signer"]

_OPTIONS = ("key_file", "key_env")
_MOST_BYTES = 1 << 16


def configured_signer(config: Config, environ: Mapping[str, str] | None = None) -> Signer | None:
    """Return what signs payloads, or None without section `[signing]`.

    Parameters
    ----------
    config : Config
    environ : mapping, optional
        By default that of the process.

    Raises
    ------
    ConfigError
        The section names no key, or the key is not there: nothing is read or written then, rather than unsigned.

    Examples
    --------
    >>> from redun import Config
    >>> configured_signer(Config({"signing": {"key_env": "KEY"}}), {"KEY": "0f" * 32})
    <signer with key 62a79c04>
    >>> configured_signer(Config({})) is None
    True
    """
    if SECTION not in config.section_names():
        return None
    section = config.section(SECTION)
    for name in section:
        if name not in _OPTIONS:
            raise section.error(name, f"there is no such option; there are: {', '.join(_OPTIONS)}")
    file, variable = section.get_str("key_file"), section.get_str("key_env")
    if file is not None and variable is not None:
        raise section.error("key_file", "key_env is set too; give one of them")
    if file is not None:
        return _of_file(config, section, file)
    if variable is not None:
        return _of_environment(section, variable, os.environ if environ is None else environ)
    raise section.error("key_file", "neither it nor key_env is given; name the key, or remove the section")


def _of_file(config: Config, section: Section, file: str) -> Signer:
    path = (config.configdir or Path.cwd()) / Path(file).expanduser()
    if not path.exists():
        raise section.error("key_file", f"there is no file {path}; {HOW_TO_MAKE}")
    without = "Without it no recorded value can be read."
    text = read_private(path, "The key of signatures", _MOST_BYTES, without, group=True)
    return _signer(section, "key_file", text.splitlines(), str(path))


def _of_environment(section: Section, variable: str, environ: Mapping[str, str]) -> Signer:
    text = environ.get(variable, "").strip()
    if not text:
        raise section.error("key_env", f"the environment variable {variable} is not set; {HOW_TO_MAKE}")
    return _signer(
        section, "key_env", text.encode().replace(b",", b" ").split(), f"the environment variable {variable}"
    )


def _signer(section: Section, option: str, lines: list[bytes], place: str) -> Signer:
    keys = []
    for number, line in enumerate(lines, 1):
        text = line.partition(b"#")[0].strip()
        if not text:
            continue
        key = key_of_hex(text)
        if key is None:
            # Neither the text nor a part of it is shown.
            raise section.error(option, f"line {number} of {place} is no key; {HOW_TO_MAKE}")
        keys.append(key)
    if not keys:
        raise section.error(option, f"{place} holds no key; {HOW_TO_MAKE}")
    return Signer(keys)
