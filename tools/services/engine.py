"""Real container engines with sockets and storage of their own: Docker, and Podman's Docker-compatible service.

They need root, and change neither the network nor any other engine of the machine; containers use the network `host` or
`none`. Each comes with two images: one with this machine's Python, one without any.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import re
import shutil
import socket
import tempfile
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from services.image import image_archive, worker_archive
from services.missing import SEARCHED, missing, require
from services.server import running

__all__ = ["DOCKER_PACKAGES", "PODMAN_PACKAGES", "Engine", "any_engine", "docker_engine", "podman_engine"]

PATH = "/usr/local/bin:/usr/bin:/bin"
DOCKER_PACKAGES = "docker.io"
PODMAN_PACKAGES = "podman runc catatonit containernetworking-plugins iptables"

# Limits that root can set without CAP_SYS_RESOURCE; runc, because crun refuses hybrid cgroups; no systemd, no journal.
CONTAINERS_CONF = """
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=16384:16384"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "cni"
"""
STORAGE_CONF = """
[storage]
driver = "overlay"
graphroot = "{folder}/graph"
runroot = "{folder}/run"
"""


@dataclasses.dataclass(frozen=True)
class Engine:
    """An engine that answers.

    Attributes
    ----------
    kind
        "docker" or "podman".
    host
        What DOCKER_HOST or `docker.DockerClient(base_url=…)` takes.
    image
        An image with the Python of this machine, at the same place, so that virtual environments can be mounted.
    plain_image
        An image with a shell and coreutils, but no Python.
    """

    kind: str
    host: str
    image: str = "localhost/host-python:1"
    plain_image: str = "localhost/plain:1"

    def environment(self) -> dict[str, str]:
        """Return the variables by which clients find the engine."""
        return {"DOCKER_HOST": self.host}

    def request(
        self, method: str, path: str, body: Any = None, content: str = "application/x-tar"
    ) -> tuple[int, str]:
        """Send a request of the engine's API; return the status and the text of the answer."""
        connection = UnixConnection(self.host.removeprefix("unix://"))
        with contextlib.closing(connection):
            connection.request(method, path, body, headers={"Content-Type": content})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")

    def answers(self) -> bool:
        """Tell whether the engine takes requests."""
        try:
            return self.request("GET", "/_ping")[0] == 200
        except OSError:
            return False

    def load(self, name: str, archive: Path, changes: Sequence[str] = ()) -> None:
        """Make an image of a root filesystem."""
        repository, _, tag = name.rpartition(":")
        query = urllib.parse.urlencode(
            {"fromSrc": "-", "repo": repository, "tag": tag, "changes": list(changes)}, doseq=True
        )
        with archive.open("rb") as content:
            status, text = self.request("POST", f"/v1.40/images/create?{query}", content)
        if status != 200:
            raise RuntimeError(f"{self.kind} did not take {name}: {text}")
        if self.request("GET", f"/v1.40/images/{name}/json")[0] != 200:
            # Podman 4 takes the image without its name.
            identifier = re.findall(r"[0-9a-f]{64}", text)[-1]
            self.request("POST", f"/v1.40/images/{identifier}/tag?repo={repository}&tag={tag}")

    def load_own_images(self) -> None:
        """Make the images that the attributes name."""
        for name, python in ((self.image, True), (self.plain_image, False)):
            self.load(name, image_archive(python=python), [f"ENV PATH={PATH}"])

    def load_worker(self, name: str, venv: Path) -> None:
        """Make an image whose Python is that of a virtual environment (see `services.venv.worker_venv`)."""
        self.load(name, worker_archive(venv), [f"ENV PATH={venv}/bin:{PATH}"])

    def remove_containers(self) -> None:
        """Remove every container."""
        for container in json.loads(self.request("GET", "/v1.40/containers/json?all=1")[1]):
            self.request("DELETE", f"/v1.40/containers/{container['Id']}?force=1")


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=120)
        self.path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


@contextlib.contextmanager
def docker_engine(*, images: bool = True) -> Iterator[Engine]:
    """Run a Docker engine; `images` says whether it has the two images of `Engine`.

    Examples
    --------
    >>> with docker_engine() as engine:  # doctest: +SKIP
    ...     client = docker.DockerClient(base_url=engine.host)
    ...     client.containers.run(engine.image, ["python3", "-V"], network_mode="none")
    """
    require("Docker", ["dockerd"], DOCKER_PACKAGES)
    folder = private_folder()
    options = {
        "host": f"unix://{folder}/socket",
        "data-root": f"{folder}/data",
        "exec-root": f"{folder}/exec",
        "pidfile": f"{folder}/pid",
        "storage-driver": "overlay2",
        "bridge": "none",
        "iptables": "false",
        "ip6tables": "false",
        "ip-forward": "false",
        "ip-masq": "false",
        "default-ulimit": "nofile=4096:4096",
        "shutdown-timeout": "3",
    }
    command = ["dockerd", *(f"--{name}={value}" for name, value in options.items())]
    with served(Engine("docker", options["host"]), command, folder) as engine:
        if images:
            engine.load_own_images()
        yield engine


@contextlib.contextmanager
def podman_engine(*, images: bool = True) -> Iterator[Engine]:
    """Run Podman's service, which speaks as Docker's engine does; `images` as for Docker."""
    require("Podman", ["podman", "runc"], PODMAN_PACKAGES)
    folder = private_folder()
    host = f"unix://{folder}/socket"
    (folder / "containers.conf").write_text(CONTAINERS_CONF)
    (folder / "storage.conf").write_text(STORAGE_CONF.format(folder=folder))
    settings = {
        "CONTAINERS_CONF": f"{folder}/containers.conf",
        "CONTAINERS_STORAGE_CONF": f"{folder}/storage.conf",
    }
    command = ["podman", "system", "service", "--time=0", host]
    last = ["podman", "rm", "--all", "--force", "--time=0"]
    with served(Engine("podman", host), command, folder, settings, last) as engine:
        if images:
            engine.load_own_images()
        yield engine


def any_engine(*, images: bool = True) -> contextlib.AbstractContextManager[Engine]:
    """Run the engine that is installed here, Docker rather than Podman."""
    podman = (
        shutil.which("dockerd", path=SEARCHED) is None and shutil.which("podman", path=SEARCHED) is not None
    )
    return podman_engine(images=images) if podman else docker_engine(images=images)


def private_folder() -> Path:
    """Make a folder with a name short enough for sockets; the server's leash removes it."""
    if os.getuid() != 0:
        missing("A container engine of its own", "run the tests as root")
    return Path(tempfile.mkdtemp(prefix="redun-", dir="/tmp"))


@contextlib.contextmanager
def served(
    engine: Engine,
    command: Sequence[str],
    folder: Path,
    settings: Mapping[str, str] | None = None,
    last: Sequence[str] = (),
) -> Iterator[Engine]:
    """Run the engine's server."""
    with running(
        command,
        log=folder / "log",
        answers=engine.answers,
        environment={**os.environ, "PATH": SEARCHED, "TMPDIR": str(folder), **(settings or {})},
        last=last,
        remove=folder,
    ):
        try:
            yield engine
        finally:
            engine.remove_containers()
