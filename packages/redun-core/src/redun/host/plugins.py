"""Load plugins one by one and keep account of them: in use, left out, failed.

Floor: host.
"""

from __future__ import annotations

from collections.abc import Callable

from redun.errors import PluginConflictError
from redun.host import hookspecs
from redun.host.checks import check_api_version
from redun.host.discovery import Candidate, discover
from redun.host.failure import PluginFailure
from redun.host.origin import Origin
from redun.host.relay import Relay
from redun.host.selection import Selection

__all__ = ["Plugins"]

_HOOKS = frozenset(hookspecs.hook_names())


class Plugins:
    """The plugins of a host.

    Parameters
    ----------
    selection : Selection
        Which ones are left out.
    report : callable
        Told of each failure as it happens.

    Attributes
    ----------
    relay : Relay
        Calls the hooks of those in use.
    in_use : dict of str to Origin
        By name.
    left_out : dict of Origin to str
        Why they are not loaded.
    failures : list of PluginFailure
    installed : set of str
        Distributions that have plugins.
    """

    def __init__(self, selection: Selection, report: Callable[[PluginFailure], None]) -> None:
        self.relay = Relay(self._hook_failed)
        self.in_use: dict[str, Origin] = {}
        self.left_out: dict[Origin, str] = {}
        self.failures: list[PluginFailure] = []
        self.installed: set[str] = set()
        self._selection = selection
        self._report = report
        self._load_began = False

    def load(self) -> bool:
        """Load every installed plugin that is not left out; return whether this call did it.

        Only the first call does anything. No plugin makes it raise.
        """
        if self._load_began:
            return False
        self._load_began = True
        self._load_installed()
        return True

    def add(self, plugin: object, origin: Origin, requirement: str | None = None) -> None:
        """Take a plugin into use, or record why it is refused."""
        taken = self.in_use.get(origin.name)
        if taken is not None:
            self.fail(origin, "conflict", f"{taken} has the name {origin.name!r} already")
            return
        stage = "version"
        try:
            check_api_version(plugin, origin.distribution, requirement)
            stage = "hooks"
            self.relay.register(plugin, origin.name)
        except (Exception, SystemExit) as error:
            self.fail(origin, stage, error)
        else:
            self.in_use[origin.name] = origin

    def fail(self, origin: Origin, stage: str, error: BaseException | str) -> None:
        """Record a failure and report it."""
        failure = self.record(origin, stage, error)
        if failure is not None:
            self._report(failure)

    def record(self, origin: Origin, stage: str, error: BaseException | str) -> PluginFailure | None:
        """Record a failure, unless it is known; of one hook of a plugin, only the first is kept."""
        failure = PluginFailure.of(origin, stage, error)
        if stage in _HOOKS and any((each.name, each.stage) == (origin.name, stage) for each in self.failures):
            return None
        if failure in self.failures:
            return None
        self.failures.append(failure)
        return failure

    def _load_installed(self) -> None:
        candidates, damaged = discover()
        for origin, error in damaged:
            self.fail(origin, "discovery", error)
        self.installed.update(candidate.origin.distribution for candidate in candidates)
        for name, source in self._selection.missing(each.origin for each in candidates).items():
            self.fail(Origin(name, name, "?"), "selection", f"{source} lists it, but it is not installed")
        chosen = []
        for candidate in candidates:
            reason = self._selection.reason(candidate.origin)
            if reason is None:
                chosen.append(candidate)
            else:
                self.left_out[candidate.origin] = reason
        for candidate in chosen:
            rivals = [each.origin for each in chosen if each.origin.name == candidate.origin.name]
            self._load_one(candidate, rivals)

    def _load_one(self, candidate: Candidate, rivals: list[Origin]) -> None:
        origin = candidate.origin
        if len(rivals) > 1:
            claim = " and by ".join(f"{each.distribution} {each.version}" for each in rivals)
            self.fail(
                origin,
                "conflict",
                PluginConflictError(
                    f"the plugin name {origin.name!r} is claimed by {claim}; none of them is used. "
                    f"Leave one out, e.g. `redun -p no:{rivals[-1].distribution}`"
                ),
            )
            return
        try:
            plugin = candidate.entry_point.load()
        except (Exception, SystemExit) as error:
            self.fail(origin, "import", error)
        else:
            self.add(plugin, origin, candidate.requirement)

    def _hook_failed(self, plugin: str, hook: str, error: BaseException) -> None:
        self.fail(self.in_use[plugin], hook, error)
