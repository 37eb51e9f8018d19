"""The environment variables of a container."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from redun_executor_docker.options import ContainerOptions

__all__ = ["AwsCredentials", "environment_of"]

_SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_PLACES = ("AWS_REGION", "AWS_DEFAULT_REGION")
_ENDPOINT = "AWS_ENDPOINT_URL"

_OF_MACHINES = ("iam-role", "container-role")
"""Kinds of credentials that a container finds by itself."""


class AwsCredentials:
    """The AWS credentials of this process, for containers: from its environment, else from the files of AWS."""

    def __init__(self) -> None:
        self._session: Any = None

    def variables(self) -> dict[str, str]:
        """Return environment variables."""
        environ = os.environ
        found = {
            name: value
            for name, value in environ.items()
            if name in _PLACES or (name.startswith(_ENDPOINT) and value)
        }
        if environ.get("AWS_ACCESS_KEY_ID"):
            return found | {name: environ[name] for name in _SECRETS if environ.get(name)}
        return found | self._of_files()

    def _of_files(self) -> dict[str, str]:
        if self._session is None:
            files = (
                os.environ.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
                os.environ.get("AWS_CONFIG_FILE", "~/.aws/config"),
            )
            there = any(Path(path).expanduser().exists() for path in files)
            if not there or find_spec("botocore") is None:
                return {}
            from botocore.session import Session

            self._session = Session()
        session = self._session
        credentials = session.get_credentials()
        if credentials is None or credentials.method in _OF_MACHINES:
            return {}
        frozen = credentials.get_frozen_credentials()
        values = (frozen.access_key, frozen.secret_key, frozen.token)
        found = {name: value for name, value in zip(_SECRETS, values, strict=True) if value}
        region = session.get_config_variable("region")
        return found | ({"AWS_DEFAULT_REGION": region} if region else {})


def environment_of(
    options: ContainerOptions, own: Mapping[str, str], credentials: AwsCredentials
) -> dict[str, str]:
    """Return the variables of a container.

    Parameters
    ----------
    options : ContainerOptions
    own : mapping
        What redun itself needs there.
    credentials : AwsCredentials

    Examples
    --------
    >>> options = ContainerOptions(env={"THREADS": "2", "UNHEARD_OF": None}, include_aws_env=False)
    >>> environment_of(options, {"PYTHONUNBUFFERED": "1"}, AwsCredentials())
    {'PYTHONUNBUFFERED': '1', 'THREADS': '2'}
    """
    found = dict(credentials.variables()) if options.include_aws_env else {}
    found.update(own)
    for name, given in options.env.items():
        value = os.environ.get(name) if given is None else given
        if value is not None:
            found[name] = value
    return found
