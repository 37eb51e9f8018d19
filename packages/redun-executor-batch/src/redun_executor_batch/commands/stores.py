"""The scratch folder of an executor of the configuration, wherever it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from redun.errors import ConfigError

from redun_executor_batch.commands.sections import BatchSection
from redun_executor_batch.denials import asking
from redun_executor_batch.scratch.store import BucketStore, FolderStore, Store

if TYPE_CHECKING:
    from redun.config import Config

__all__ = ["store_of"]


def store_of(config: Config, section: BatchSection) -> Store:
    """Return the scratch folder of an executor.

    Raises
    ------
    ConfigError
        It is kept where this cannot look.
    """
    scratch = section.scratch
    scheme, mark, _ = scratch.partition("://")
    if not mark:
        # The rest of the session is of no use here.
        from redun.session.settings import project_root

        return FolderStore(Path(project_root(config)) / scratch)
    if scheme.lower() != "s3":
        raise ConfigError(
            f"[executors.{section.name}] {scratch} is neither in S3 nor a folder: remove what is old there by the "
            "means of that service"
        )
    return BucketStore(_s3(config, section), scratch)


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
