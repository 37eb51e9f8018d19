"""The key that secrets are hashed with: found, checked, or made when it is first needed.

Floor: secrets. It is never recorded nor sent anywhere. Who has the record and not the key can neither find out a secret
by trying nor get a result of a call that was given one.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from redun.errors import ConfigError
from redun.hashing.digest import HASH_SIZE
from redun.secrets.key_text import HOW_TO_MAKE, key_of_hex, read_private
from redun.secrets.key_text import KEY_SIZE as SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redun.config import Config

__all__ = ["KEY_FILE", "KeyRing"]

KEY_FILE = "secret.key"
_PERSON = b"redun secret"


class KeyRing:
    """Hashes what holds secrets.

    Parameters
    ----------
    config : Config
        `[secrets] key_env` names an environment variable, `key_file` a file; else the key lies in `secret.key` in the
        folder of the configuration, and is made there. A configuration without a folder has a key that nobody else has.
    environ : mapping of str to str
    making : bool
        False: a key that is not there is not written either.
    """

    def __init__(self, config: Config, environ: Mapping[str, str], *, making: bool = True) -> None:
        self._config = config
        self._environ = environ
        self._making = making
        self._key: bytes | None = None

    def hash(self, value_hash: bytes) -> bytes:
        """Return what stands for a hash; nobody without the key can tell what that was.

        Raises
        ------
        ConfigError
            There is no key, or nobody should use it.
        """
        return blake2b(value_hash, digest_size=HASH_SIZE, key=self.check(), person=_PERSON).digest()

    def check(self) -> bytes:
        """Return the key; raises as `hash` does."""
        if self._key is None:
            self._key = self._find()
        return self._key

    def _find(self) -> bytes:
        section = self._config.section("secrets")
        variable, file = section.get_str("key_env"), section.get_str("key_file")
        if variable is not None:
            if file is not None:
                raise section.error("key_file", "key_env is set too; give one of them")
            return self._of_environment(variable)
        folder = self._config.configdir
        if file is not None:
            path = (folder or Path.cwd()) / Path(file).expanduser()
            if not path.exists():
                raise section.error("key_file", f"there is no file {path}; {HOW_TO_MAKE}")
            return _read(path, group=True)
        if folder is None:
            return os.urandom(SIZE)
        path = folder / KEY_FILE
        if not path.exists():
            if not self._making:
                return os.urandom(SIZE)
            _make(path)
        return _read(path)

    def _of_environment(self, variable: str) -> bytes:
        section = self._config.section("secrets")
        text = self._environ.get(variable)
        if not text:
            raise section.error("key_env", f"the environment variable {variable} is not set; {HOW_TO_MAKE}")
        key = key_of_hex(text.encode())
        if key is None:
            # Neither the text nor a part of it is shown.
            raise section.error("key_env", f"the environment variable {variable} holds no key; {HOW_TO_MAKE}")
        return key


def _read(path: Path, *, group: bool = False) -> bytes:
    """Read a key that nobody else may read; with `group`, the file's group may, since a team shares it."""
    without = "Without it no call that was given a secret can be looked up."
    data = read_private(path, "The key of secrets", 4 * SIZE, without, group=group)
    key = data if len(data) == SIZE else key_of_hex(data)
    if key is None:
        raise ConfigError(
            f"The key of secrets, {path}, has {len(data)} bytes and is no key ({SIZE} bytes, or {2 * SIZE} hex "
            "digits): restore it, or delete it to have another made; calls that were given secrets then run again."
        )
    return key


def _make(path: Path) -> None:
    """Write a random key; of processes that do so at the same time, one wins."""
    import tempfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Readable by its owner alone.
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(descriptor, "wb") as stream:
                stream.write(os.urandom(SIZE))
                stream.flush()
                os.fsync(stream.fileno())
            try:
                os.link(temporary, path)
            except FileExistsError:
                pass
            except OSError:
                # Some network file systems have no links.
                if not path.exists():
                    os.rename(temporary, path)
        finally:
            Path(temporary).unlink(missing_ok=True)
        _ignore(path)
    except OSError as error:
        raise ConfigError(
            f"The key of secrets, {path}, cannot be made: {error.strerror or error}. Name another one by key_file or "
            "key_env in section [secrets]."
        ) from None


def _ignore(path: Path) -> None:
    """Keep the key out of git, where the configuration is meant to be."""
    ignore = path.parent / ".gitignore"
    line = f"/{path.name}"
    known = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    if line not in known:
        with ignore.open("a", encoding="utf-8") as stream:
            stream.write(f"{line}\n")
