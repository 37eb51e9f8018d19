"""The script that is launched.

Floor: command line.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

from redun.errors import ConfigError
from redun.executors.packaging import CodePackages, Packaging
from redun.filesystems.registry import scheme_of, shell_copy
from redun.session.settings import project_root

if TYPE_CHECKING:
    from redun.config import Config
    from redun.config.section import Section

__all__ = ["script_of"]

_HERE = ("local", "process")


def script_of(
    command: Sequence[str], config: Config, executor: str, options: Mapping[str, Any], code_package: bool
) -> str:
    """Return the text of the script.

    Parameters
    ----------
    command : sequence of str
        Words of a command; one alone is text for the shell.
    config : Config
    executor : str
    options : mapping
        Task options; `code_includes` and `code_excludes` say what the package holds.
    code_package : bool
        Whether the script fetches the project's code first, and runs in it.

    Raises
    ------
    ConfigError
        The executor has no scratch folder that the code could be left in.
    """
    text = command[0] if len(command) == 1 else shlex.join(command)
    if not code_package:
        return text
    section = _section(config, executor)
    scratch = _scratch(section, config)
    packages = CodePackages(project_root(config), scratch)
    url = packages.url(Packaging.from_options(section, options, {"code_package": True}))
    assert url is not None
    return "\n".join(
        (
            'code="$(mktemp -d)"',
            """trap 'rm -rf "$code"' EXIT""",
            f'{{ {shell_copy(url, None)}; }} | tar -xzf - -C "$code"',
            'cd "$code"',
            text,
        )
    )


def _section(config: Config, executor: str) -> Section:
    """Return the section of an executor, of an alias that of what it stands for."""
    passed = {executor}
    section = config.section(f"executors.{executor}")
    while section.get_str("type") == "alias" and (target := section.get_str("target")) not in passed:
        passed.add(str(target))
        section = config.section(f"executors.{target}")
    return section


def _scratch(section: Section, config: Config) -> str:
    for option in ("scratch", "s3_scratch", "gcs_scratch"):
        found = section.get_str(option)
        if found is not None:
            if scheme_of(found) == "file":
                return os.path.abspath(os.path.join(config.configdir or "", found))
            return found.rstrip("/")
    if section.get_str("type", "local") in _HERE:
        return os.path.join(gettempdir(), f"redun-{os.getuid()}")
    raise ConfigError(
        f"[{section.name}] has no scratch folder, in which code could be left for the command. Set scratch, or leave "
        "--code-package out if the code is there already."
    )
