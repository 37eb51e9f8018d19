"""Certificates for servers and clients of a test, signed by an authority of its own, from the program openssl."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from services.missing import missing

__all__ = ["Authority"]

_DAYS = "2"


class Authority:
    """A certificate authority that lives in a folder.

    Attributes
    ----------
    certificate : Path
        What those who trust it are given.
    """

    def __init__(self, folder: Path, name: str = "authority") -> None:
        if shutil.which("openssl") is None:
            missing("openssl", "apt-get install --no-install-recommends openssl")
        self.folder = folder
        self.certificate = folder / f"{name}.pem"
        self._key = folder / f"{name}.key"
        self._openssl("req", "-x509", *self._new(self._key, name), "-out", self.certificate, "-days", _DAYS)

    def sign(self, name: str, *hosts: str) -> tuple[Path, Path]:
        """Return the files of a new certificate and its key, for a user of this name or for hosts."""
        certificate, key, request = (self.folder / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(
            f"subjectAltName = {','.join(f'DNS:{host}' for host in hosts)}\n" if hosts else ""
        )
        self._openssl("req", *self._new(key, name), "-out", request)
        self._openssl(
            "x509", "-req", "-in", request, "-out", certificate, "-days", _DAYS, "-extfile", extensions,
            "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
        )  # fmt: skip
        key.chmod(0o600)
        return certificate, key

    def _new(self, key: Path, name: str) -> tuple[str | Path, ...]:
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
        return (*curve, "-nodes", "-subj", f"/CN={name}", "-keyout", key)

    def _openssl(self, *arguments: str | Path) -> None:
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"openssl {arguments[0]} failed:\n{done.stderr}")
