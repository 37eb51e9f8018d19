"""What all plugins supply: ask them for it, look it up by name, import it.

Floor: host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from redun.errors import PluginError, UnknownProviderError
from redun.host.offers import KINDS, Kind, Offer, Offers
from redun.host.origin import Origin
from redun.host.plugins import Plugins
from redun.host.targets import import_target
from redun.host.unknown import explain

__all__ = ["Catalogue"]

S = TypeVar("S")


class Catalogue:
    """The offers of a host's plugins.

    Parameters
    ----------
    plugins : Plugins
    load : callable
        Called when an answer may depend on plugins that are not loaded yet; has them loaded and gathered.
    """

    def __init__(self, plugins: Plugins, load: Callable[[], None]) -> None:
        self._plugins = plugins
        self._load = load
        self._offers: dict[Kind[Any], Offers[Any]] = {kind: Offers(kind) for kind in KINDS}
        self._asked: set[str] = set()

    def gather(self) -> None:
        """Ask the plugins that were not asked yet, and record what is wrong with their answers."""
        in_use = self._plugins.in_use
        for kind, offers in self._offers.items():
            for plugin, answer in self._plugins.relay.collect(kind.hook, self._asked):
                try:
                    offers.add(in_use[plugin], answer)
                except (Exception, SystemExit) as error:
                    self._plugins.fail(in_use[plugin], kind.hook, error)
            for name, losers in offers.conflicts().items():
                for origin in losers:
                    self._plugins.fail(origin, "conflict", offers.conflict(name))
        self._asked.update(in_use)

    def all(self, kind: Kind[S]) -> list[S]:
        """Return everything of a kind that no two plugins claim, sorted by name."""
        self._load()
        return [offer.spec for offer in self._offers[kind].usable()]

    def offer(self, kind: Kind[S], name: str) -> Offer[S]:
        """Return who supplies what; third parties are loaded only when redun's own plugin does not.

        Raises
        ------
        UnknownProviderError
            Nobody does.
        PluginConflictError
            Several do.
        """
        offers: Offers[S] = self._offers[kind]
        found = offers.find(name)
        if found is None:
            self._load()
            found = offers.find(name)
        if found is None:
            raise UnknownProviderError(self._explain(kind, name))
        return found

    def target(self, kind: Kind[Any], name: str, attribute: str = "target") -> Any:
        """Return what is supplied under a name, imported.

        Parameters
        ----------
        kind, name : Kind, str
        attribute : str
            Which of the spec's targets.

        Raises
        ------
        PluginError
            Nobody supplies it, several do, or it cannot be imported.
        """
        offer = self.offer(kind, name)
        target = getattr(offer.spec, attribute)
        if target is None:
            raise PluginError(
                f"the {kind.noun} {name!r} of {offer.origin} has no {attribute}; a newer version may have one: "
                f"pip install --upgrade {offer.origin.distribution}"
            )
        try:
            return import_target(target, f"{kind.noun} {name!r}", offer.origin)
        except PluginError as error:
            self._plugins.record(offer.origin, "target", error)
            raise

    def origin_of(self, spec: object) -> Origin:
        """Return the plugin that supplies a spec.

        Raises
        ------
        KeyError
            None does.
        """
        for offers in self._offers.values():
            if isinstance(spec, offers.kind.spec):
                offer = offers.find(offers.kind.name(spec))
                if offer is not None and offer.spec == spec:
                    return offer.origin
        raise KeyError(spec)

    def supplied_by(self, origin: Origin) -> dict[str, list[str]]:
        """Return the names that a plugin supplies, by the noun of their kind."""
        supplied: dict[str, list[str]] = {}
        for offers in self._offers.values():
            for offer in offers.usable():
                if offer.origin == origin:
                    supplied.setdefault(offers.kind.noun, []).append(offers.kind.name(offer.spec))
        return supplied

    def _explain(self, kind: Kind[Any], name: str) -> str:
        in_use = {(origin.name, origin.distribution) for origin in self._plugins.in_use.values()}
        relevant = [
            failure
            for failure in self._plugins.failures
            if failure.stage == kind.hook or (failure.name, failure.distribution) not in in_use
        ]
        return explain(
            kind.noun,
            name,
            known=[kind.name(offer.spec) for offer in self._offers[kind].usable()],
            failures=relevant,
            left_out=self._plugins.left_out,
            installed=self._plugins.installed,
        )
