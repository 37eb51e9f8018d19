"""The plugin host: one typed method per hook, and look-ups by name.

Floor: host.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from redun import __version__
from redun.errors import PluginError
from redun.host import builtin
from redun.host import offers as kinds
from redun.host.catalogue import Catalogue
from redun.host.failure import PluginFailure
from redun.host.origin import Origin
from redun.host.plugins import Plugins
from redun.host.selection import Selection

if TYPE_CHECKING:
    from redun.config import Config
    from redun.specs import (
        CommandSpec,
        ExecutorSpec,
        FileSystemSpec,
        RecorderSpec,
        TaskOptionSpec,
        ValueTypeSpec,
    )

__all__ = ["Host", "log_failure"]


def log_failure(failure: PluginFailure) -> None:
    """Write a failure to the log `redun.plugins`, as a warning."""
    import logging

    logging.getLogger("redun.plugins").warning("%s", failure)


class Host:
    """Finds plugins and speaks with them.

    Making one imports no plugin: redun's own answers first, and third parties' are loaded, all at once,
    when something is asked that only they can answer. It may be used from any thread; a hook is called in
    the thread that asks.

    Parameters
    ----------
    selection : Selection, optional
        Which plugins are left out; by default those that the environment says.
    report : callable, optional
        Told of each `PluginFailure` as it happens; by default it is logged as a warning.

    Examples
    --------
    >>> host = Host(Selection(all_left_out="this example"))
    >>> [spec.name for spec in host.executors()]
    ['alias', 'default', 'local', 'process']
    """

    def __init__(
        self,
        selection: Selection | None = None,
        *,
        report: Callable[[PluginFailure], None] = log_failure,
    ) -> None:
        self._plugins = Plugins(Selection.read() if selection is None else selection, report)
        self._catalogue = Catalogue(self._plugins, self.load_plugins)
        self._value_hashers: dict[type, Callable[[Any], bytes] | None] = {}
        self._lock = threading.RLock()
        self._ready = False
        self.add_plugin(builtin, Origin("redun", "redun-core", __version__, builtin=True))

    # -- plugins

    def add_plugin(self, plugin: object, origin: Origin) -> None:
        """Take a plugin that is not found by entry point: any object or module with hook implementations.

        Whatever is wrong with it becomes a failure, as for those that are installed.
        """
        with self._lock:
            self._plugins.add(plugin, origin)
            self._catalogue.gather()

    def load_plugins(self) -> None:
        """Load every installed plugin that is not left out, once. No plugin makes this raise."""
        if self._ready:
            return
        with self._lock:
            # False while a plugin is being imported that asks the host something: it meets those loaded
            # before it.
            if self._plugins.load():
                self._catalogue.gather()
                self._ready = True

    def plugins(self) -> list[Origin]:
        """Return the plugins in use, redun's own first, then by name."""
        self.load_plugins()
        return sorted(self._plugins.in_use.values(), key=lambda origin: (not origin.builtin, origin.name))

    def left_out(self) -> dict[Origin, str]:
        """Return the plugins that are installed but not loaded, with the reason."""
        self.load_plugins()
        return dict(self._plugins.left_out)

    def failures(self) -> list[PluginFailure]:
        """Return what went wrong so far."""
        return list(self._plugins.failures)

    def implements(self, hook: str) -> bool:
        """Return whether any plugin implements a hook, so that nothing is made ready for nobody."""
        self.load_plugins()
        return self._plugins.relay.implements(hook)

    def hooks_of(self, origin: Origin) -> list[str]:
        """Return the hooks that a plugin in use implements."""
        return self._plugins.relay.hooks_of(origin.name)

    def supplied_by(self, origin: Origin) -> dict[str, list[str]]:
        """Return the names that a plugin supplies, by kind (`executor`, `command` …)."""
        self.load_plugins()
        return self._catalogue.supplied_by(origin)

    # -- providers

    def executors(self) -> list[ExecutorSpec]:
        """Return every kind of executor."""
        return self._catalogue.all(kinds.EXECUTOR)

    def recorders(self) -> list[RecorderSpec]:
        """Return every kind of recorder."""
        return self._catalogue.all(kinds.RECORDER)

    def filesystems(self) -> list[FileSystemSpec]:
        """Return every file system."""
        return self._catalogue.all(kinds.FILESYSTEM)

    def value_types(self) -> list[ValueTypeSpec]:
        """Return every type of values that is treated in a way of its own."""
        return self._catalogue.all(kinds.VALUE_TYPE)

    def commands(self) -> list[CommandSpec]:
        """Return the commands that plugins add."""
        return self._catalogue.all(kinds.COMMAND)

    def task_options(self) -> list[TaskOptionSpec]:
        """Return every task option that somebody reads."""
        return self._catalogue.all(kinds.TASK_OPTION)

    def executor(self, name: str) -> Any:
        """Return what makes an executor of this kind, imported.

        Raises
        ------
        UnknownProviderError
            No plugin supplies it.
        PluginConflictError
            Several do.
        PluginError
            It cannot be imported.
        """
        return self._catalogue.target(kinds.EXECUTOR, name)

    def recorder(self, scheme: str) -> Any:
        """Return what makes a recorder for this scheme, imported; raises as `executor` does."""
        return self._catalogue.target(kinds.RECORDER, scheme)

    def recorder_database(self, scheme: str) -> Any:
        """Return what opens a record of this scheme for looking, imported; raises as `executor` does."""
        return self._catalogue.target(kinds.RECORDER, scheme, "database")

    def recorder_session(self, scheme: str) -> Any:
        """Return what opens a record of this scheme for changes, imported; raises as `executor` does."""
        return self._catalogue.target(kinds.RECORDER, scheme, "session")

    def recorder_upkeep(self, scheme: str) -> Any:
        """Return what looks after the database of a record of this scheme, imported; raises as `executor` does."""
        return self._catalogue.target(kinds.RECORDER, scheme, "upkeep")

    def filesystem(self, scheme: str) -> Any:
        """Return what makes a file system for this scheme, imported; raises as `executor` does."""
        return self._catalogue.target(kinds.FILESYSTEM, scheme)

    def value_type(self, type_name: str) -> Any:
        """Return what treats values of this type, imported; raises as `executor` does."""
        return self._catalogue.target(kinds.VALUE_TYPE, type_name)

    def command(self, path: str) -> Any:
        """Return the command of this path, imported; raises as `executor` does."""
        return self._catalogue.target(kinds.COMMAND, path)

    def origin_of(self, spec: object) -> Origin:
        """Return the plugin that supplies a spec which this host returned.

        Raises
        ------
        KeyError
            No plugin does.
        """
        return self._catalogue.origin_of(spec)

    # -- deciders

    def value_hasher(self, type: type) -> Callable[[Any], bytes] | None:  # noqa: A002
        """Return what hashes values of a type in a plugin's way, or None. Plugins are asked once per type.

        Raises
        ------
        PluginError
            The plugin asked failed, or answered something else.
        """
        if not self.implements("redun_value_hasher"):
            return None
        if type not in self._value_hashers:
            self._value_hashers[type] = self._hasher("redun_value_hasher", type=type)
        return self._value_hashers[type]

    def task_hasher(self, task: Any) -> Callable[[Any], bytes] | None:
        """Return what hashes a task's code in a plugin's way, or None; to be asked once per task.

        Raises
        ------
        PluginError
            The plugin asked failed, or answered something else.
        """
        return self._hasher("redun_task_hasher", task=task)

    def select_executor(self, job: Any) -> str | None:
        """Return the name of the executor that a plugin wants for a job, or None.

        Raises
        ------
        PluginError
            The plugin asked failed, or answered something else.
        """
        answer = self._ask("redun_select_executor", job=job)
        if answer is None:
            return None
        plugin, name = answer
        if not isinstance(name, str):
            raise _wrong_answer(plugin, "redun_select_executor", name, "the name of an executor")
        return name

    # -- observers

    def configure(self, config: Config) -> None:
        """Let plugins read the configuration."""
        self._tell("redun_configure", config=config)

    def session_started(self, session: Any) -> None:
        """Tell that a session is ready to run executions."""
        self._tell("redun_session_started", session=session)

    def session_finished(self, session: Any) -> None:
        """Tell that a session is over."""
        self._tell("redun_session_finished", session=session)

    def execution_started(self, execution: Any) -> None:
        """Tell that an execution is recorded as running."""
        self._tell("redun_execution_started", execution=execution)

    def execution_finished(self, execution: Any) -> None:
        """Tell that an execution has its final state on record."""
        self._tell("redun_execution_finished", execution=execution)

    def jobs(self, transitions: Sequence[Any]) -> None:
        """Tell what became of jobs, a batch at a time."""
        self._tell("redun_jobs", transitions=transitions)

    # -- collectors

    def error_hints(self, error: BaseException) -> list[str]:
        """Return what plugins advise about an error."""
        return self._merge("redun_error_hints", _check_hint, error=error)

    def execution_tags(self, execution: Any) -> list[tuple[str, Any]]:
        """Return the tags that plugins put on an execution."""
        return self._merge("redun_execution_tags", _check_tag, execution=execution)

    # -- how

    def _tell(self, hook: str, **arguments: Any) -> None:
        self.load_plugins()
        self._plugins.relay.tell(hook, **arguments)

    def _merge(self, hook: str, check: Callable[[Any], None], **arguments: Any) -> list[Any]:
        self.load_plugins()
        return self._plugins.relay.merge(hook, check, **arguments)

    def _ask(self, hook: str, **arguments: Any) -> tuple[str, Any] | None:
        self.load_plugins()
        return self._plugins.relay.ask(hook, **arguments)

    def _hasher(self, hook: str, **arguments: Any) -> Callable[[Any], bytes] | None:
        answer = self._ask(hook, **arguments)
        if answer is None:
            return None
        plugin, hasher = answer
        if not callable(hasher):
            raise _wrong_answer(plugin, hook, hasher, "a function that returns a digest")
        return hasher  # type: ignore[no-any-return]


def _wrong_answer(plugin: str, hook: str, answer: object, wanted: str) -> PluginError:
    return PluginError(f"plugin {plugin!r} answered {answer!r} to {hook}; it must be {wanted}")


def _check_hint(hint: object) -> None:
    if not isinstance(hint, str):
        raise PluginError(f"redun_error_hints answered {hint!r}; it must return a list of sentences")


def _check_tag(tag: object) -> None:
    import json

    match tag:
        case (str(), value):
            json.dumps(value)
        case _:
            raise PluginError(f"redun_execution_tags answered {tag!r}; it must return pairs of key and value")
