"""How a call is run, as `redun run` was told.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from redun.config import Config
    from redun.task import Task

__all__ = ["Mode"]


@attrs.frozen
class Mode:
    """How to run.

    Attributes
    ----------
    cache : bool
        Whether recorded results may be reused.
    prov : bool
        Whether anything is recorded.
    dry_run : bool
        Whether to say what would run instead of running it.
    keep_going : bool or None
        Whether to run all that does not depend on a failure; None leaves it to the configuration.
    debug : bool
        Whether to start the debugger after a failure.
    options : mapping
        Options of the root task.
    context : mapping
        Merged into the configured context.
    execution_id : str or None
    tags : list of (key, value)
        Tags of the execution that were given, values as JSON knows them.
    untagged : frozenset of str
        Keys of automatic tags that are not wanted.
    """

    cache: bool = True
    prov: bool = True
    dry_run: bool = False
    keep_going: bool | None = None
    debug: bool = False
    options: Mapping[str, Any] = attrs.field(factory=dict)
    context: Mapping[str, Any] = attrs.field(factory=dict)
    execution_id: str | None = None
    tags: list[tuple[str, Any]] = attrs.field(factory=list)
    untagged: frozenset[str] = frozenset()

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Mode:
        """Read the values of the command's options."""
        from redun.task.context import merged

        named = [(key, params[key]) for key in ("project", "doc", "user") if params[key] is not None]
        return cls(
            cache=not params["no_cache"],
            prov=not params["no_prov"],
            dry_run=params["dry_run"],
            keep_going=params["keep_going"] or None,
            debug=params["debug"],
            options=params["options"],
            context=merged(params["context_file"], params["context"]),
            execution_id=params["execution_id"],
            tags=[*params["tags"], *named],
            untagged=frozenset({"user"} if "login" in params["excluded"] else ()),
        )

    def all_tags(self, task: Task[..., Any], config: Config) -> list[tuple[str, Any]]:
        """Return the tags of an execution of `task`: those given, and automatic ones of keys that nobody set."""
        from redun_cli.run.provenance import automatic_tags

        given = {key for key, _ in self.tags}
        return [*automatic_tags(task, {*given, *config.options("tags"), *self.untagged}), *self.tags]
