"""The scratch folder of an executor of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redun_executor_batch.commands.sections import BatchSection
from redun_executor_batch.denials import asking
from redun_executor_batch.scratch.store import Scratch

if TYPE_CHECKING:
    from redun.config import Config

__all__ = ["scratch_of"]


def scratch_of(config: Config, section: BatchSection) -> Scratch:
    """Return the scratch folder of an executor."""
    return Scratch(_s3(config, section), section.scratch)


def _s3(config: Config, section: BatchSection) -> Any:
    """Return a client that asks where redun's own files in S3 are asked for."""
    settings = config.section("filesystems.s3")
    given = {name: settings.get_str(name) for name in ("endpoint_url", "profile", "region")}
    if not any(given.values()):
        return section.clients.get("s3")
    import boto3

    with asking("reading the configuration of AWS"):
        session = boto3.session.Session(profile_name=given["profile"])
        region = given["region"] or section.clients.region
        return session.client("s3", region_name=region, endpoint_url=given["endpoint_url"])
