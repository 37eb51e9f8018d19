"""Where a server answers, and who may ask."""

from __future__ import annotations

import dataclasses

__all__ = ["Endpoint"]


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """The address and the credentials of an AWS-like server.

    Examples
    --------
    >>> Endpoint("http://127.0.0.1:5000").environment()["AWS_ENDPOINT_URL"]
    'http://127.0.0.1:5000'
    """

    url: str
    access_key: str = "test"
    secret_key: str = "testsecret"
    region: str = "us-east-1"

    def environment(self) -> dict[str, str]:
        """Return the variables by which boto3 reaches this server and nothing else that is set up here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def arguments(self) -> dict[str, str]:
        """Return the arguments of `boto3.client` for this server."""
        return {
            "endpoint_url": self.url,
            "aws_access_key_id": self.access_key,
            "aws_secret_access_key": self.secret_key,
            "region_name": self.region,
        }
