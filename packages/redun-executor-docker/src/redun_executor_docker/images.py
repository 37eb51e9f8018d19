"""Images: there, or pulled once for all jobs that need them."""

from __future__ import annotations

from threading import Lock
from typing import Any

import attrs
from redun.errors import ExecutorError

from redun_executor_docker.engine import Engine, explanation

__all__ = ["Image", "Images"]


@attrs.frozen
class Image:
    """An image as the engine has it.

    Attributes
    ----------
    name : str
        As the workflow calls it.
    id : str
        By which containers are made of just this one, whatever its name means later.
    digest : str
        `repository@sha256:…` where a registry knows it, else its id.
    user : str
        Whom its containers run as; "" for root.
    """

    name: str
    id: str
    digest: str
    user: str = ""


class Images:
    """The images of one execution; each name is looked up once.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._locks: dict[str, Lock] = {}
        self._found: dict[str, Image] = {}

    def get(self, name: str, policy: str) -> Image:
        """Return the image of a name.

        Parameters
        ----------
        name : str
        policy : str
            `missing`: pull it if it is not there; `always`: pull it; `never`: do not.

        Raises
        ------
        ExecutorError
            It is not there and cannot be pulled.
        """
        found = self._found.get(name)
        if found is None:
            with self._lock:
                lock = self._locks.setdefault(name, Lock())
            with lock:
                found = self._found.get(name)
                if found is None:
                    found = self._found[name] = self._look_up(name, policy)
        return found

    def _look_up(self, name: str, policy: str) -> Image:
        from docker.errors import ImageNotFound

        image = None
        with self._engine.speaking(f"The image {name} cannot be looked up"):
            if policy != "always":
                try:
                    image = self._engine.client.images.get(name)
                except ImageNotFound:
                    if policy == "never":
                        raise ExecutorError(
                            f"The engine at {self._engine.host} has no image {name}, and pull_policy is never. Pull or "
                            "build it, or let pull_policy be missing."
                        ) from None
            return _described(name, image or self._pull(name))

    def _pull(self, name: str) -> Any:
        from docker.errors import APIError

        try:
            repository, tag = _split(name)
            return self._engine.client.images.pull(repository, tag=tag)
        except APIError as error:
            problem = explanation(error)
        denied = any(word in problem.lower() for word in ("denied", "unauthorized", "authentication"))
        if denied:
            advice = "Log in to its registry (docker login), and check the name."
        else:
            advice = "Check the name and the network, or build the image here."
        raise ExecutorError(
            f"The image {name} is not at hand and {'may not' if denied else 'cannot'} be pulled: {problem} {advice}"
        )


def _split(name: str) -> tuple[str, str | None]:
    # Without a tag the library would pull all that there are.
    if "@" in name:
        return name, None
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, "latest")


def _described(name: str, image: Any) -> Image:
    digests = image.attrs.get("RepoDigests") or []
    repository = _split(name)[0].partition("@")[0]
    # An image may have come by several names; the one that the workflow says tells most.
    digests.sort(key=lambda digest: not digest.startswith(f"{repository}@"))
    user = (image.attrs.get("Config") or {}).get("User") or ""
    return Image(name, image.id, digests[0] if digests else image.id, user)
