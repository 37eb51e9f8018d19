"""How S3 is reached, from section `[filesystems.s3]` of the configuration."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

import attrs
from redun.config.truth import truth_of
from redun.errors import ConfigError

__all__ = ["VARIABLE", "Settings"]

VARIABLE = "REDUN_S3_OPTIONS"
"""The environment variable that hands options on to processes elsewhere, as JSON."""

MIB = 1 << 20
_SIZE = re.compile(r"(\d+)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE).fullmatch
_POWERS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_STYLES = ("auto", "path", "virtual")


@attrs.frozen(kw_only=True)
class Settings:
    """How S3 is reached.

    Attributes
    ----------
    endpoint_url : str or None
        Of another server than Amazon's. All that is None is as botocore finds it in ``AWS_…`` variables and ``~/.aws``.
    region, profile : str or None
    addressing_style : str
        ``path``, ``virtual`` or ``auto``, which is ``path`` for a server other than Amazon's.
    anonymous : bool
        Send no credentials, for buckets open to everybody.
    requester_pays : bool
    server_side_encryption, sse_kms_key_id, storage_class, acl : str or None
        For objects that are written.
    part_size : int
        Bytes of the first parts of a large object that is written; also from how many bytes on it is written in parts.
    copy_threshold : int
        Bytes from which on an object is copied in parts, by the server still.
    max_attempts : int
        How often a request is sent before it is given up.
    max_pool_connections : int
    connect_timeout, read_timeout : float
        Seconds.

    Examples
    --------
    >>> Settings.read({"part_size": "16 MiB", "requester_pays": "true"}).part_size
    16777216
    >>> Settings.read({"reigon": "eu-west-1"})
    Traceback (most recent call last):
        ...
    redun.errors.ConfigError: [filesystems.s3] has no option 'reigon'; did you mean 'region'?
    """

    endpoint_url: str | None = None
    region: str | None = None
    profile: str | None = None
    addressing_style: str = "auto"
    anonymous: bool = False
    requester_pays: bool = False
    server_side_encryption: str | None = None
    sse_kms_key_id: str | None = None
    storage_class: str | None = None
    acl: str | None = None
    part_size: int = 8 * MIB
    copy_threshold: int = 512 * MIB
    max_attempts: int = 5
    max_pool_connections: int = 32
    connect_timeout: float = 20.0
    read_timeout: float = 60.0

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Settings:
        """Return the settings that options ask for, on top of those that the environment hands on.

        Raises
        ------
        ConfigError
            An option is unknown or ill-formed.
        """
        given = {**_handed_on(), **options}
        return cls(**{name: _value(name, value) for name, value in given.items() if value not in ("", None)})

    def to_hand_on(self) -> str:
        """Return what `VARIABLE` is to be for processes elsewhere, where there are no profiles of ours."""
        changed = {
            field.name: value
            for field in attrs.fields(Settings)
            if (value := getattr(self, field.name)) != field.default
            and field.name not in ("profile", "endpoint_url", "region")
        }
        return json.dumps(changed, sort_keys=True) if changed else ""

    @property
    def every_request(self) -> dict[str, str]:
        """Parameters of all requests."""
        return {"RequestPayer": "requester"} if self.requester_pays else {}

    @property
    def new_object(self) -> dict[str, str]:
        """Parameters of requests that make an object, on top of `every_request`."""
        wanted = {
            "ServerSideEncryption": self.server_side_encryption,
            "SSEKMSKeyId": self.sse_kms_key_id,
            "StorageClass": self.storage_class,
            "ACL": self.acl,
        }
        return {name: value for name, value in wanted.items() if value}


def _handed_on() -> dict[str, Any]:
    text = os.environ.get(VARIABLE)
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ConfigError(f"The environment variable {VARIABLE} is no JSON object: {text!r}")
    return found


def _value(name: str, value: Any) -> Any:
    fields = {field.name: field for field in attrs.fields(Settings)}
    if name not in fields:
        near = get_close_matches(name, fields, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(fields))}."
        raise ConfigError(f"[filesystems.s3] has no option {name!r}; {hint}")
    default = fields[name].default
    if name == "addressing_style":
        read: Callable[[Any], Any] = _style
    elif name in ("part_size", "copy_threshold"):
        read = _size
    else:
        read = {bool: _truth, int: _count, float: _seconds}.get(type(default), str)
    try:
        return read(value)
    except ValueError as error:
        raise ConfigError(f"[filesystems.s3] {name} = {value}: {error}") from None


def _style(value: Any) -> str:
    if value not in _STYLES:
        raise ValueError(f"write {', '.join(_STYLES[:-1])} or {_STYLES[-1]}")
    return str(value)


def _size(value: Any) -> int:
    match = _SIZE(str(value).strip())
    found = int(match[1]) << _POWERS[match[2].upper()] if match else 0
    if not 5 * MIB <= found <= 5 << 30:
        raise ValueError("write a number of bytes, such as 16 MiB; S3 wants 5 MiB to 5 GiB")
    return found


def _truth(value: Any) -> bool:
    found = truth_of(value)
    if found is None:
        raise ValueError("write true or false")
    return found


def _count(value: Any) -> int:
    if not str(value).strip().isdecimal() or int(value) < 1:
        raise ValueError("write a whole number, 1 or more")
    return int(value)


def _seconds(value: Any) -> float:
    try:
        found = float(value)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise ValueError("write a number of seconds above 0")
    return found
