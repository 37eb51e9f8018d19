"""Read from AWS Secrets Manager how to connect to a database; needs boto3.

Such a secret is what AWS makes for its own databases: a JSON object with the keys `engine`, `username`, `password`,
`host`, `port` and `dbname`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from redun.errors import ConfigError, RecorderError

__all__ = ["read_secret"]

_OPTION = "db_aws_secret_name"
_KEYS = {"username": "user", "password": "password", "host": "host", "port": "port", "dbname": "dbname"}
_NEEDED = ("username", "password", "host")


def read_secret(name: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what `psycopg.connect` takes, as a secret says it.

    Parameters
    ----------
    name : str
        Its name or ARN.
    environ : mapping of str to str
        `AWS_REGION` says where it is; else the ARN; else the settings of AWS's tools.

    Raises
    ------
    ConfigError
        boto3 is missing, there is no such secret, or it is none of a PostgreSQL database.
    RecorderError
        AWS cannot be asked, or does not let us read it.
    """
    text = _fetch(name, environ)
    try:
        secret = json.loads(text)
    except ValueError:
        secret = None
    # None of the messages says what the secret holds.
    if not isinstance(secret, dict):
        raise ConfigError(f"the AWS secret {name!r} is no JSON object: {_shape()}")
    missing = [key for key in _NEEDED if not secret.get(key)]
    if missing:
        raise ConfigError(f"the AWS secret {name!r} lacks {', '.join(missing)}: {_shape()}")
    if "postgres" not in str(secret.get("engine", "postgres")):
        raise ConfigError(f"the AWS secret {name!r} is of another engine than PostgreSQL: {_shape()}")
    return {ours: str(secret[key]) for key, ours in _KEYS.items() if secret.get(key)}


def _shape() -> str:
    return f"`{_OPTION}` names a secret with the keys engine (postgres), {', '.join(_KEYS)}"


def _fetch(name: str, environ: Mapping[str, str]) -> str:
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise ConfigError(
            f"`{_OPTION}` needs boto3, which is not installed: pip install 'redun-backend-postgres[aws]'"
        ) from None
    try:
        client: Any = boto3.client("secretsmanager", region_name=environ.get("AWS_REGION") or _region(name))
        answer = client.get_secret_value(SecretId=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            raise ConfigError(
                f"there is no AWS secret {name!r} in this region and account: check `{_OPTION}` and AWS_REGION"
            ) from error
        raise RecorderError(
            f"cannot read the AWS secret {name!r}, which `{_OPTION}` names: {error}"
        ) from error
    except BotoCoreError as error:
        raise RecorderError(
            f"cannot read the AWS secret {name!r}, which `{_OPTION}` names: {error}"
        ) from error
    return str(answer.get("SecretString", ""))


def _region(name: str) -> str | None:
    # arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME
    parts = name.split(":")
    return parts[3] if parts[0] == "arn" and len(parts) > 3 else None
