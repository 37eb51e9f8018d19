"""Ceph's S3 gateway with one monitor and one store in memory, on loopback: `python -m services.ceph FOLDER`.

It shares no line with moto: it checks signatures, serves many requests at once, and makes ETags and checksums itself.
Writes the port to `FOLDER/address` once it answers, and stays until it is told to stop.
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Sequence
from pathlib import Path

__all__ = ["ACCESS_KEY", "PACKAGES", "PROGRAMS", "SECRET_KEY"]

PACKAGES = "ceph-mon ceph-osd ceph-common radosgw"
PROGRAMS = ["ceph-mon", "ceph-osd", "ceph", "ceph-authtool", "monmaptool", "radosgw", "radosgw-admin"]
ACCESS_KEY, SECRET_KEY = "test", "testsecret"

# A monitor stops where the disk is nearly full, however little it writes: not here.
CONFIGURATION = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{ports[0]},v1:127.0.0.1:{ports[1]}]
keyring = {folder}/keyring
auth allow insecure global id reclaim = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
run dir = {folder}/run
admin socket = {folder}/run/$name.asok
log file = {folder}/$name.log
mon data = {folder}/mon
mon cluster log file = {folder}/cluster.log
mon data avail crit = -1
mon data avail warn = -1
mon warn on pool no redundancy = false
mon allow pool size one = true
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd crush update on start = true
osd memory target = 939524096
rgw frontends = beast endpoint=127.0.0.1:{ports[2]}
rgw data = {folder}/gateway
rgw enable usage log = false
rgw lifecycle work time = 00:00-00:01
rgw thread pool size = 32
"""


def main(folder: Path) -> None:
    """Run the servers until one of them ends or this process is told to."""
    ports = free_ports(3)
    identifier = str(uuid.uuid4())
    for name in ("mon", "osd", "gateway", "run"):
        (folder / name).mkdir()
    (folder / "ceph.conf").write_text(CONFIGURATION.format(fsid=identifier, ports=ports, folder=folder))
    os.environ["CEPH_CONF"] = str(folder / "ceph.conf")
    make_keys(folder / "keyring")
    addresses = f"[v2:127.0.0.1:{ports[0]},v1:127.0.0.1:{ports[1]}]"
    call("monmaptool", "--create", "--addv", "m", addresses, "--fsid", identifier, str(folder / "monmap"))
    call(
        "ceph-mon",
        "--mkfs",
        "-i",
        "m",
        "--monmap",
        str(folder / "monmap"),
        "--keyring",
        str(folder / "keyring"),
    )
    servers = [serve("ceph-mon", "-i", "m")]
    store = str(uuid.uuid4())
    call("ceph", "osd", "new", store, beside=servers)
    call("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", store)
    servers += [serve("ceph-osd", "-i", "0"), serve("radosgw", "-n", "client.rgw")]
    call(
        *("radosgw-admin", "user", "create", "--uid=test", "--display-name=test"),
        *(f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}"),
        beside=servers,
    )
    while not answers(ports[2]):
        check(servers)
        time.sleep(0.05)
    unfinished = folder / "address.part"
    unfinished.write_text(str(ports[2]))
    unfinished.rename(folder / "address")
    while True:
        check(servers)
        time.sleep(1)


def make_keys(keyring: Path) -> None:
    """Write the keys by which the parts know each other; without any, the gateway hangs."""
    call(
        "ceph-authtool",
        "--create-keyring",
        str(keyring),
        "--gen-key",
        "-n",
        "mon.",
        "--cap",
        "mon",
        "allow *",
    )
    everything = [word for part in ("mon", "osd", "mgr") for word in ("--cap", part, "allow *")]
    for name in ("client.admin", "osd.0", "client.rgw"):
        call("ceph-authtool", str(keyring), "--gen-key", "-n", name, *everything)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens at."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for opened in sockets:
            opened.bind(("127.0.0.1", 0))
        return [opened.getsockname()[1] for opened in sockets]
    finally:
        for opened in sockets:
            opened.close()


def call(*command: str, beside: Sequence[subprocess.Popen[bytes]] = ()) -> None:
    """Run a command to its end, unless a server that it talks to ends before; it would wait for that in vain."""
    process = subprocess.Popen(command)
    while process.poll() is None:
        check(beside)
        time.sleep(0.02)
    if process.returncode:
        sys.exit(f"{shlex.join(command)} failed.")


def serve(*command: str) -> subprocess.Popen[bytes]:
    """Start a server in the foreground."""
    return subprocess.Popen([*command, "-f"])


def check(servers: Sequence[subprocess.Popen[bytes]]) -> None:
    """Exit with a message if a server has ended."""
    for server in servers:
        if (code := server.poll()) is not None:
            sys.exit(f"{server.args!r} ended with exit code {code}.")


def answers(port: int) -> bool:
    """Tell whether the gateway takes requests."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]))
