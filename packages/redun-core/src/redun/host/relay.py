"""Call hooks, and keep what a plugin raises away from everybody else: the isolation policy in one place.

Floor: host. Each plugin is called by itself, those marked `tryfirst` first, then by name, then those marked
`trylast`. What is raised is reported, and

* an observer's is forgotten: the run goes on,
* a provider's or a collector's leaves its part of the answer out,
* a decider's becomes the error of whoever asked, since a decision must not silently become another one.

What the user does (Ctrl-C) is no fault of the plugin that happens to run and always passes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import attrs
import pluggy

from redun.errors import ExecutionInterrupted, PluginError
from redun.host import checks, hookspecs
from redun.host.failure import describe

__all__ = ["Relay"]


@attrs.frozen
class _Implementation:
    plugin: str
    function: Callable[..., Any]
    parameters: tuple[str, ...]

    def __call__(self, arguments: dict[str, Any]) -> Any:
        return self.function(*[arguments[name] for name in self.parameters])


class Relay:
    """Calls the hooks of registered plugins.

    Parameters
    ----------
    report : callable
        Told of the plugin's name, the hook and the error for each failure.
    """

    def __init__(self, report: Callable[[str, str, BaseException], None]) -> None:
        self._report = report
        self._manager = pluggy.PluginManager("redun")
        for module in hookspecs.MODULES:
            self._manager.add_hookspecs(module)
        self._known = hookspecs.hook_names()
        self._implementations: dict[str, list[_Implementation]] = {}

    def register(self, plugin: object, name: str) -> None:
        """Check a plugin's hooks and have them called from now on.

        Raises
        ------
        PluginError
            A hook does not exist, or takes arguments that it is not given.
        """
        checks.check_hooks(plugin, self._manager, self._known)
        try:
            self._manager.register(plugin, name)
        except pluggy.PluginValidationError as error:
            raise PluginError(" ".join(str(error).split())) from error
        except ValueError as error:
            raise PluginError(f"it is registered already, or its name {name!r} is") from error
        self._implementations.clear()

    def hooks_of(self, plugin: str) -> list[str]:
        """Return the hooks that a plugin implements."""
        return [hook for hook in self._known if any(each.plugin == plugin for each in self._calls(hook))]

    def implements(self, hook: str) -> bool:
        """Return whether anybody implements a hook."""
        return bool(self._calls(hook))

    def tell(self, hook: str, **arguments: Any) -> None:
        """Tell every observer."""
        for _ in self.collect(hook, **arguments):
            pass

    def collect(
        self, hook: str, unless: Collection[str] = (), /, **arguments: Any
    ) -> Iterator[tuple[str, Any]]:
        """Yield what each plugin answers, with the plugin's name; those named in `unless` are not asked."""
        for implementation in self._calls(hook):
            if implementation.plugin in unless:
                continue
            try:
                answer = implementation(arguments)
            except ExecutionInterrupted:
                raise
            except (Exception, SystemExit) as error:
                self._report(implementation.plugin, hook, error)
            else:
                yield implementation.plugin, answer

    def merge(self, hook: str, check: Callable[[Any], None], /, **arguments: Any) -> list[Any]:
        """Return the items of the lists that plugins answer; of a list that `check` raises on, none."""
        merged: list[Any] = []
        for plugin, answer in self.collect(hook, **arguments):
            try:
                items = list(answer)
                for item in items:
                    check(item)
            except Exception as error:
                self._report(plugin, hook, error)
            else:
                merged += items
        return merged

    def ask(self, hook: str, **arguments: Any) -> tuple[str, Any] | None:
        """Return the first answer that is not None, with the plugin's name.

        Raises
        ------
        PluginError
            The plugin asked failed.
        """
        for implementation in self._calls(hook):
            try:
                answer = implementation(arguments)
            except ExecutionInterrupted:
                raise
            except (Exception, SystemExit) as error:
                raise PluginError(
                    f"plugin {implementation.plugin!r} failed in {hook}: {describe(error)}; "
                    f"leave it out with `redun -p no:{implementation.plugin}`"
                ) from error
            if answer is not None:
                return implementation.plugin, answer
        return None

    def _calls(self, hook: str) -> list[_Implementation]:
        calls = self._implementations.get(hook)
        if calls is None:
            found = getattr(self._manager.hook, hook).get_hookimpls()
            found.sort(key=lambda each: (each.trylast - each.tryfirst, each.plugin_name))
            calls = [_Implementation(each.plugin_name, each.function, each.argnames) for each in found]
            self._implementations[hook] = calls
        return calls
