"""Entry points, as configurations publish them.

Floor: composition.
"""

from __future__ import annotations

from ast import literal_eval
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from redun.config import Config, load_config
from redun.errors import ConfigError
from redun.task.known import declared

if TYPE_CHECKING:
    from redun.session import Scheduler

__all__ = ["Entrypoint", "find_entrypoint"]

_SECTION = "federated_tasks"
_REQUIRED = ("namespace", "task_name", "load_module", "executor", "config_dir")
_IGNORED = ("task_signature", "description", "new_execution")


@attrs.frozen
class Entrypoint:
    """A task of another project.

    Attributes
    ----------
    name : str
    fullname : str
        The task's full name.
    load_module : str
        The module that defines it, imported where it runs.
    executor : str
    config_dir : str
        The folder of the configuration with which it runs, there.
    options : dict
        Options of the job that runs it.
    source : Config
        The configuration that publishes it.
    """

    name: str
    fullname: str
    load_module: str
    executor: str
    config_dir: str
    options: dict[str, Any]
    source: Config

    def provide_executor(self, scheduler: Scheduler) -> None:
        """Give a scheduler the executor that is configured along with the entry point.

        Raises
        ------
        ConfigError
            The scheduler's own configuration has another one of this name.
        """
        section = f"executors.{self.executor}"
        if self.source is scheduler.config or section not in self.source:
            return
        if section in scheduler.config:
            raise ConfigError(
                f"The executor {self.executor!r} of the federated task {self.name!r} is configured in "
                f"{self.source.configdir} and in {scheduler.config.configdir}; rename one of them."
            )
        if self.executor not in scheduler.executors:
            options = self.source.section(section)
            make = scheduler.host.executor(options.require("type"))
            scheduler.add_executor(make(self.executor, options))


def find_entrypoint(config: Config, name: str) -> Entrypoint:
    """Return the entry point of a name, published here or in one of `[scheduler] federated_configs`.

    Raises
    ------
    ConfigError
        There is none, or more than one, or it lacks a setting.
    """
    found: list[Config] = []
    known: list[str] = []
    for source in [config, *_federated(config)]:
        names = source.children(_SECTION)
        known += names
        if name in names:
            found.append(source)
    if not found:
        near = get_close_matches(name, known, n=3)
        hint = (
            f"Did you mean {' or '.join(near)}?"
            if near
            else f"There are: {', '.join(sorted(known)) or 'none'}."
        )
        raise ConfigError(
            f"No federated task is named {name!r} in {config.configdir or 'the configuration'} or in what its "
            f"[scheduler] federated_configs lists. {hint}"
        )
    if len(found) > 1:
        places = " and ".join(str(source.configdir) for source in found)
        raise ConfigError(f"The federated task {name!r} is defined in {places}; rename one of them.")
    return _read(found[0], name)


def _federated(config: Config) -> list[Config]:
    configs = []
    for line in (config.section("scheduler").get_str("federated_configs") or "").splitlines():
        if line.strip():
            folder = _below(config, line.strip())
            if not folder.is_dir():
                raise config.error("scheduler", "federated_configs", f"there is no folder {folder}")
            configs.append(load_config(folder))
    return configs


def _below(config: Config, path: str) -> Path:
    # Relative to the configuration, as other paths in it; else to where the command runs.
    here = (config.configdir or Path.cwd()) / Path(path).expanduser()
    return here if here.is_dir() else Path(path).expanduser()


def _read(config: Config, name: str) -> Entrypoint:
    section = config.section(f"{_SECTION}.{name}")
    given = {option: section.require(option) for option in _REQUIRED}
    fullname = f"{given['namespace']}.{given['task_name']}" if given["namespace"] else given["task_name"]
    return Entrypoint(
        name=name,
        fullname=fullname,
        load_module=given["load_module"],
        executor=given["executor"],
        config_dir=str(_below(config, given["config_dir"])),
        options={
            option: _value(option, section.require(option))
            for option in config.options(f"{_SECTION}.{name}")
            if option not in _REQUIRED and option not in _IGNORED
        },
        source=config,
    )


def _value(option: str, text: str) -> Any:
    spec = declared().get(option)
    if spec is not None and (spec.type is str or (isinstance(spec.type, tuple) and str in spec.type)):
        return text
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError):
        return text
