"""The container engine: how it is reached, and what its failures mean."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["Engine", "EngineGone"]

_CONNECTIONS = 64
_TIMEOUT_S = 120


class EngineGone(ExecutorError):
    """The engine does not answer."""


class Engine:
    """Docker, or what speaks its language.

    Parameters
    ----------
    host : str, optional
        Its address, such as `unix:///var/run/docker.sock` or `ssh://me@machine`. By default that of `DOCKER_HOST`, of
        the current context of the `docker` command, or of Podman's socket where there is no other.

    Attributes
    ----------
    host : str
        Its address.
    client : docker.DockerClient

    Raises
    ------
    EngineGone
        It does not answer.
    """

    def __init__(self, host: str | None = None) -> None:
        import docker

        self.host = host or _default_host()
        with self.speaking():
            options: dict[str, Any] = {"timeout": _TIMEOUT_S, "max_pool_size": _CONNECTIONS}
            if host is None and os.environ.get("DOCKER_HOST"):
                # Its certificates are in the environment too.
                self.client: DockerClient = docker.from_env(**options)
            else:
                self.client = docker.DockerClient(base_url=self.host, **options)
            self.client.ping()

    @cached_property
    def info(self) -> dict[str, Any]:
        """What it tells of itself."""
        with self.speaking():
            info: dict[str, Any] = self.client.info()
            return info

    @property
    def cpus(self) -> float:
        """The number of its processors."""
        return float(self.info.get("NCPU") or os.cpu_count() or 1)

    @property
    def rootless(self) -> bool:
        """Root in its containers is whoever runs the engine."""
        return any("rootless" in option for option in self.info.get("SecurityOptions") or ())

    @cached_property
    def is_podman(self) -> bool:
        """It is Podman, which speaks Docker's language with an accent."""
        with self.speaking():
            components = self.client.version().get("Components") or ()
        return any("podman" in str(component.get("Name", "")).lower() for component in components)

    @property
    def is_local(self) -> bool:
        """Its files are those of this machine."""
        return self.host.startswith("unix://")

    def close(self) -> None:
        """Let go of the connections."""
        self.client.close()

    @contextmanager
    def speaking(self, doing: str = "") -> Iterator[None]:
        """Turn failures of the engine into errors that say what to do.

        Parameters
        ----------
        doing : str
            What was asked of it, for the message.
        """
        from docker.errors import APIError, DockerException
        from requests.exceptions import RequestException

        try:
            yield
        except APIError as error:
            what = f"{doing}: " if doing else ""
            raise ExecutorError(f"{what}{explanation(error)}") from error
        except (DockerException, RequestException) as error:
            raise EngineGone(
                f"No container engine answers at {self.host}: {_cause(error)}. Start Docker, or Podman's service "
                "(systemctl --user start podman.socket), or say where it is: DOCKER_HOST, or docker_host in the "
                "executor's section."
            ) from error


def explanation(error: Any) -> str:
    """Return what the engine says of a failure."""
    return str(error.explanation or error).strip().rstrip(".") + "."


def _cause(error: BaseException) -> str:
    """Return the innermost reason of a failed connection."""
    text = str(error)
    while (inner := error.__cause__ or error.__context__ or _wrapped(error)) is not None:
        error, text = inner, str(inner) or text
    return getattr(error, "strerror", None) or text


def _wrapped(error: BaseException) -> BaseException | None:
    return next((argument for argument in error.args if isinstance(argument, BaseException)), None)


def _default_host() -> str:
    from docker.constants import DEFAULT_UNIX_SOCKET, IS_WINDOWS_PLATFORM
    from docker.context import ContextAPI

    given = os.environ.get("DOCKER_HOST")
    if given:
        return given
    context: Any = ContextAPI.get_current_context()
    usual = DEFAULT_UNIX_SOCKET.replace("http+unix://", "unix://")
    host: str = (context.Host if context is not None else None) or usual
    if IS_WINDOWS_PLATFORM or host.replace("http+unix://", "unix://") != usual:
        return host
    sockets = [Path(usual.removeprefix("unix://")), Path("/run/podman/podman.sock")]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        sockets.insert(1, Path(runtime, "podman/podman.sock"))
    return next((f"unix://{path}" for path in sockets if path.exists()), usual)
