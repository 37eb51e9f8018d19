"""The executors for AWS Batch that the configuration names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import click
from redun.errors import ConfigError

from redun_executor_batch.clients import Clients, clients_in

if TYPE_CHECKING:
    from redun.config import Config, Section

__all__ = ["BatchSection", "Invocation", "batch_sections", "chosen_sections", "config_of"]

_TYPE = "aws_batch"
_PREFIX = "redun-job"


class Invocation(Protocol):
    """What the `redun` program hands to its commands."""

    @property
    def config(self) -> Config:
        """The configuration."""


@attrs.frozen
class BatchSection:
    """An executor of the configuration.

    Attributes
    ----------
    name : str
    section : Section
    """

    name: str
    section: Section

    @property
    def clients(self) -> Clients:
        """Those of its region."""
        return clients_in(self.section.get_str("aws_region"))

    @property
    def queue(self) -> str:
        """Where its jobs are submitted to, unless a task says otherwise."""
        return self.section.require("queue")

    @property
    def prefix(self) -> str:
        """What the names of its jobs begin with."""
        return f"{self.section.get_str('job_name_prefix') or _PREFIX}-"

    @property
    def scratch(self) -> str:
        """The folder of what travels between redun and its jobs, without a slash at the end."""
        url = self.section.require("s3_scratch")
        if not url.startswith("s3://"):
            raise self.section.error("s3_scratch", f"it must be a URL like s3://bucket/redun, not {url!r}")
        return url.rstrip("/")


def config_of(ctx: click.Context) -> Config:
    """Return the configuration that the command line asks for."""
    invocation: Invocation = ctx.find_root().obj
    return invocation.config


def batch_sections(config: Config) -> list[BatchSection]:
    """Return the executors for AWS Batch."""
    sections: dict[str, Any] = config.section("executors").sections()
    return [
        BatchSection(name, section)
        for name, section in sections.items()
        if (section.get_str("type") or "").strip().lower().replace("-", "_") == _TYPE
    ]


def chosen_sections(ctx: click.Context, names: Sequence[str] = ()) -> list[BatchSection]:
    """Return the executors of these names, or all.

    Raises
    ------
    ConfigError
        There are none, or one has not the name of an executor for AWS Batch.
    """
    found = batch_sections(config_of(ctx))
    if not found:
        raise ConfigError(
            "the configuration has no executor for AWS Batch: a section [executors.NAME] with type = aws_batch, image, "
            "queue and s3_scratch"
        )
    known = {each.name: each for each in found}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(
            f"no executor for AWS Batch is called {unknown[0]!r}; the configuration has {', '.join(known)}"
        )
    return [known[name] for name in dict.fromkeys(names)] or found
