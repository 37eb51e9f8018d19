"""Removing containers that nobody waits for any more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redun_executor_docker.owner import OWNER, SESSION, is_orphan

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["remove", "remove_orphans", "remove_session"]


def remove(client: DockerClient, identifier: str) -> None:
    """Remove a container, ending it if it runs; one that is gone is fine.

    Raises
    ------
    docker.errors.APIError
        The engine does not do it.
    """
    from docker.errors import APIError, NotFound

    try:
        client.api.remove_container(identifier, force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        # Somebody else is about to.
        if error.response is None or error.response.status_code != 409:
            raise


def remove_orphans(client: DockerClient) -> list[str]:
    """Remove what processes of this machine left that are no more; return the names."""
    return _remove_all(
        client, [one for one in _labelled(client, OWNER) if is_orphan(one["Labels"].get(OWNER, ""))]
    )


def remove_session(client: DockerClient, session: str) -> list[str]:
    """Remove the containers of one start of an executor; return the names."""
    return _remove_all(client, _labelled(client, f"{SESSION}={session}"))


def _labelled(client: DockerClient, label: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.api.containers(all=True, filters={"label": [label]})
    return found


def _remove_all(client: DockerClient, containers: list[dict[str, Any]]) -> list[str]:
    from docker.errors import APIError

    def one(container: dict[str, Any]) -> None:
        with suppress(APIError):
            remove(client, container["Id"])

    if containers:
        with ThreadPoolExecutor(min(8, len(containers))) as threads:
            list(threads.map(one, containers))
    return [container["Names"][0].lstrip("/") for container in containers if container.get("Names")]
