"""What the global options say, and what follows from it, worked out when first asked for.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

if TYPE_CHECKING:
    from redun.config import Config
    from redun.host import Host
    from redun.recorder.reader import Reader
    from redun.recorder.value_store import FileValueStore
    from redun.scheduler.events import Observer
    from redun.session import Scheduler

__all__ = ["Invocation", "invocation_of", "look"]

_LEVELS = {"WARN": "WARNING"}


@attrs.define(slots=False)
class Invocation:
    """One call of the command line; every command finds it as `ctx.obj`.

    Attributes
    ----------
    config_option : Path or None
        What `-c` said.
    repository : str or None
        What `-r` said.
    plugin_options : tuple of str
        What `-p` said: `no:NAME`.
    use_plugins : bool
        False after `--no-plugins`.
    log_level : str
    setup : dict of str to str
        What `-s` said.
    argv : list of str
        The words as typed, the program's name first.
    """

    config_option: Path | None = None
    repository: str | None = None
    plugin_options: tuple[str, ...] = ()
    use_plugins: bool = True
    log_level: str = "INFO"
    setup: dict[str, str] = attrs.field(factory=dict)
    argv: list[str] = attrs.field(factory=list)

    @classmethod
    def from_params(cls, params: dict[str, Any], argv: list[str]) -> Invocation:
        """Read the values of the root group's options."""
        return cls(
            config_option=params["config_dir"],
            repository=params["repository"],
            plugin_options=params["blocked"],
            use_plugins=not params["no_plugins"],
            log_level=_LEVELS.get(params["log_level"].upper(), params["log_level"].upper()),
            setup=params["setup"],
            argv=argv,
        )

    @cached_property
    def config_dir(self) -> Path:
        """The folder of the configuration, absolute; it need not exist.

        Raises
        ------
        ConfigError
            No repository has the name that `-r` gave.
        """
        from redun.config import find_config_dir

        if self.repository in (None, "default"):
            return find_config_dir(self.config_option)
        from redun.config.repositories import named_repository

        return named_repository(self.base_config, self.repository or "").config_dir

    @cached_property
    def config(self) -> Config:
        """The configuration.

        Raises
        ------
        ConfigError
            It cannot be read, or the folder given by `-c` or `-r` holds none.
        """
        from redun.config import load_config
        from redun.errors import ConfigError

        if self.repository in (None, "default"):
            return self.base_config
        if not (self.config_dir / "redun.ini").is_file():
            raise ConfigError(
                f"the repository {self.repository!r} has no configuration: {self.config_dir} holds no redun.ini"
            )
        return load_config(self.config_dir)

    @cached_property
    def base_config(self) -> Config:
        """The configuration that names other repositories: the same, whatever `-r` said."""
        from redun.config import find_config_dir, load_config
        from redun.errors import ConfigError

        folder = find_config_dir(self.config_option)
        if self.config_option is not None and not (folder / "redun.ini").is_file():
            raise ConfigError(f"{folder} holds no redun.ini; `redun init` with the same -c creates it")
        return load_config(folder)

    @cached_property
    def database(self) -> Path | str:
        """The record: a file of SQLite, which need not exist, or the URL of another database."""
        from redun.config import database_location

        return database_location(self.config)

    @cached_property
    def database_file(self) -> Path:
        """The file of the record, for what works on files alone.

        Raises
        ------
        ConfigError
            The record is no SQLite file.
        """
        from redun.config import database_path

        return database_path(self.config)

    def value_store(
        self, config: Config | None = None, *, database: Path | str | None = None
    ) -> FileValueStore | None:
        """Return the large values of a record; None if all are in the database.

        Parameters
        ----------
        config : Config, optional
            That of another repository.
        database : Path or str, optional
            Another record than the configuration names, such as a backup.
        """
        from redun.config import database_location
        from redun.host.values import value_store
        from redun.recorder.reader_database import database_path

        if config is None:
            config = self.config
        place = database_location(config) if database is None else database
        is_file = isinstance(place, Path) or "://" not in place or place.startswith("sqlite")
        return value_store(self.host, config, database_path(place) if is_file else None)

    @cached_property
    def host(self) -> Host:
        """The plugins that were asked for."""
        return self.make_host(self.config)

    def make_host(self, config: Config, *, quiet: bool = False) -> Host:
        """Return a host of the plugins that command line, environment and `config` ask for.

        What goes wrong in a plugin is told on stderr, unless `quiet`.
        """
        from redun.host import Host, PluginFailure, Selection

        from redun_cli import own

        def report(failure: PluginFailure) -> None:
            if not quiet:
                click.echo(f"redun: warning: {failure}", err=True)

        options = self.plugin_options
        host = Host(Selection.read(options, no_plugins=not self.use_plugins, config=config), report=report)
        own.add_to(host)
        return host

    def make_scheduler(self, observers: Sequence[Observer] = ()) -> Scheduler:
        """Return the scheduler that the configuration asks for.

        Raises
        ------
        UsageError
            `-s` names what the function `setup_scheduler` does not take.
        """
        from redun.session import make_scheduler, setup_parameters

        if self.setup:
            known = [parameter.name for parameter in setup_parameters(self.config)]
            unknown = sorted(set(self.setup) - set(known))
            if unknown:
                takes = f"it takes {', '.join(known)}" if known else "there are none"
                raise click.UsageError(f"no such argument of setup_scheduler: {', '.join(unknown)}; {takes}")
        return make_scheduler(self.config, self.setup, host=self.host, observers=observers)


def invocation_of(ctx: click.Context) -> Invocation:
    """Return the record of the command line that `ctx` belongs to."""
    found = ctx.find_object(Invocation)
    return Invocation() if found is None else found


def look(ctx: click.Context) -> Reader:
    """Open the record of the command line that `ctx` belongs to, for looking."""
    from redun.query.opening import look

    invocation = Invocation() if ctx.obj is None else ctx.obj
    return look(invocation.database, lambda: invocation.host)
