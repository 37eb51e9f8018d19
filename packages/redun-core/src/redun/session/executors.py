"""The executors of a scheduler, by name.

Floor: composition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from redun.errors import UnknownProviderError
from redun.executors.registry import import_executor_class, registered_executor
from redun.executors.started import StartedExecutors

if TYPE_CHECKING:
    from redun.config import Config
    from redun.executors.alias import AliasExecutor
    from redun.executors.base import Executor
    from redun.executors.equipment import Equipment
    from redun.host.host import Host

__all__ = ["Executors"]


class Executors(Mapping[str, "Executor"]):
    """Executors that were given, that `[executors.NAME]` configures, and `default`; each is started on first use.

    Parameters
    ----------
    config : Config
    host : Host
        Supplies the kinds of executors.
    given : mapping of str to Executor
        Take precedence over configured ones of the same name.

    Attributes
    ----------
    started : StartedExecutors
    """

    def __init__(self, config: Config, host: Host, given: Mapping[str, Executor]) -> None:
        self._config = config
        self._host = host
        self._given = dict(given)
        self.started = StartedExecutors(self._make, self._equipment)

    def add(self, executor: Executor) -> None:
        """Take an executor, in the place of one of the same name."""
        self._given[executor.name] = executor
        self.started.end(executor.name)

    def __getitem__(self, name: str) -> Executor:
        if name not in self._names():
            raise KeyError(name)
        return self.started.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> list[str]:
        names: Iterable[str] = ("default", *self._config.children("executors"), *self._given)
        return list(dict.fromkeys(names))

    def _equipment(self) -> Equipment:
        from redun.executors.equipment import Equipment
        from redun.host.manifest import describe_host
        from redun.session.settings import project_root

        return Equipment(self._config, project_root(self._config), partial(describe_host, self._host))

    def _make(self, name: str) -> Executor | AliasExecutor:
        if name in self._given:
            return self._given[name]
        if name in self._config.children("executors"):
            section = self._config.section(f"executors.{name}")
            kind, path = section.require("type"), section.get_str("class")
            if path is not None:
                make = import_executor_class(path, section.name)
            else:
                make = registered_executor(kind, section.name) or self._host.executor(kind)
            return make(name, section)  # type: ignore[no-any-return]
        try:
            return self._host.executor(name)(name, {})  # type: ignore[no-any-return]
        except UnknownProviderError as error:
            known = ", ".join(sorted(self._names()))
            raise UnknownProviderError(f"{error}\n  executors configured here: {known}") from None
