"""Who supplies what: one name, one provider.

Floor: host. A name that two plugins claim belongs to neither, for which one won would depend on what
happens to be installed; only a name of redun itself stays what it is. Task options are shared: several executors may
read one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import attrs

from redun.errors import PluginConflictError, PluginError
from redun.host.origin import Origin
from redun.specs import (
    CommandSpec,
    ExecutorSpec,
    FileSystemSpec,
    RecorderSpec,
    TaskOptionSpec,
    ValueTypeSpec,
)

__all__ = ["KINDS", "Kind", "Offer", "Offers"]

S = TypeVar("S")


@attrs.frozen
class Kind(Generic[S]):
    """A kind of thing that plugins supply.

    Attributes
    ----------
    noun : str
        What people call it.
    hook : str
        Who is asked for it.
    spec : type
        What describes it.
    key : str
        The attribute of `spec` that names it.
    shared : bool
        Several may claim one name: what is supplied under it is only declared.
    """

    noun: str
    hook: str
    spec: type[S]
    key: str
    shared: bool = False

    def name(self, spec: S) -> str:
        """Return the name that a spec claims."""
        name: str = getattr(spec, self.key)
        return name


EXECUTOR = Kind("executor", "redun_executors", ExecutorSpec, "name")
RECORDER = Kind("recorder", "redun_recorders", RecorderSpec, "scheme")
FILESYSTEM = Kind("file system", "redun_filesystems", FileSystemSpec, "scheme")
VALUE_TYPE = Kind("value type", "redun_value_types", ValueTypeSpec, "type_name")
COMMAND = Kind("command", "redun_commands", CommandSpec, "path")
TASK_OPTION = Kind("task option", "redun_task_options", TaskOptionSpec, "name", shared=True)

KINDS: tuple[Kind[Any], ...] = (EXECUTOR, RECORDER, FILESYSTEM, VALUE_TYPE, COMMAND, TASK_OPTION)


@attrs.frozen
class Offer(Generic[S]):
    """A spec and the plugin that supplies it."""

    spec: S
    origin: Origin


class Offers(Generic[S]):
    """Everything of one kind that is supplied."""

    def __init__(self, kind: Kind[S]) -> None:
        self.kind = kind
        self._by_name: dict[str, list[Offer[S]]] = {}

    def add(self, origin: Origin, answer: Iterable[Any] | None) -> None:
        """Take what a plugin answered.

        Raises
        ------
        PluginError
            It is not what the hook asks for; nothing of it is taken.
        """
        specs: list[Any] = [None] if answer is None else list(answer)
        for spec in specs:
            if not isinstance(spec, self.kind.spec):
                raise PluginError(
                    f"{self.kind.hook} answered {spec!r}; it must return a list of {self.kind.spec.__name__}"
                )
        for spec in specs:
            self._by_name.setdefault(self.kind.name(spec), []).append(Offer(spec, origin))

    def names(self) -> list[str]:
        """Return all names that somebody claims, sorted."""
        return sorted(self._by_name)

    def find(self, name: str) -> Offer[S] | None:
        """Return the one provider of a name, or None.

        Raises
        ------
        PluginConflictError
            Several plugins claim the name and none is redun's own.
        """
        offers = self._by_name.get(name)
        if offers is None:
            return None
        own = [offer for offer in offers if offer.origin.builtin]
        if own or len(offers) == 1 or self.kind.shared:
            return (own or offers)[0]
        raise PluginConflictError(self.conflict(name))

    def usable(self) -> list[Offer[S]]:
        """Return every provider whose name nobody disputes, sorted by name."""
        found = []
        for name in self.names():
            try:
                offer = self.find(name)
            except PluginConflictError:
                continue
            if offer is not None:
                found.append(offer)
        return found

    def conflicts(self) -> dict[str, list[Origin]]:
        """Return the names that are claimed more than once, with the claimants that do not get them."""
        return {
            name: [offer.origin for offer in offers if not offer.origin.builtin]
            for name, offers in self._by_name.items()
            if len(offers) > 1 and not self.kind.shared
        }

    def conflict(self, name: str) -> str:
        """Return who claims a name, what happens, and what to do."""
        origins = [offer.origin for offer in self._by_name[name]]
        claim = f"the {self.kind.noun} {name!r} is claimed by {' and by '.join(map(str, origins))}"
        own = next((origin for origin in origins if origin.builtin), None)
        if own is not None:
            return f"{claim}; that of {own} is used"
        return f"{claim}; none of them is used. Leave one out, e.g. `redun -p no:{origins[-1].name}`"
