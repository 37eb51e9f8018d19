"""What S3 and botocore say, as redun's errors: with bucket, key and what to do."""

from __future__ import annotations

import errno
from types import TracebackType
from typing import Any

from redun.errors import FileSystemError
from redun.filesystems import RedunFileNotFoundError, RedunOSError, RedunPermissionError

from redun_fs_s3.location import Location

__all__ = ["MISSING_CODES", "asking", "code_of", "failure"]

MISSING_CODES = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchVersion", "NoSuchBucket"})

_RENEW = "renew them, such as by `aws sso login` or a new session token"
_CHECK = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile"
_CREDENTIALS = {
    "ExpiredToken": f"The credentials have expired; {_RENEW}",
    "ExpiredTokenException": f"The credentials have expired; {_RENEW}",
    "TokenRefreshRequired": f"The credentials have expired; {_RENEW}",
    "RequestExpired": f"The credentials have expired; {_RENEW}",
    "InvalidToken": f"The session token is not valid; {_RENEW}",
    "InvalidAccessKeyId": f"The server does not know the access key; {_CHECK}",
    "SignatureDoesNotMatch": f"The secret key does not belong to the access key; {_CHECK}",
    "AuthorizationHeaderMalformed": "The request was signed for another region; set `region` in [filesystems.s3]",
    "RequestTimeTooSkewed": "The clock of this machine is wrong by more than 15 minutes; set it",
}
_REDIRECTS = {"PermanentRedirect", "301", "307", "TemporaryRedirect", "IllegalLocationConstraintException"}
_DENIED = {"AccessDenied", "403", "Forbidden", "AllAccessDisabled", "AccountProblem", "InvalidObjectState"}
_BUSY = {
    "SlowDown",
    "503",
    "ServiceUnavailable",
    "InternalError",
    "500",
    "502",
    "504",
    "RequestTimeout",
    "Throttling",
}
_NO_CREDENTIALS = {
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "ProfileNotFound",
    "NoAuthTokenError",
}


class asking:  # noqa: N801 (reads as a statement)
    """Turn what botocore raises in a ``with`` block into errors that name bucket, key and what was being done."""

    __slots__ = ("_doing", "_location", "_only")

    def __init__(self, doing: str, location: Location, *, only: str = "") -> None:
        self._doing = doing
        self._location = location
        self._only = only

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and _is_botocore(error) and self._only in ("", type(error).__name__):
            raise failure(error, self._doing, self._location) from error


def _is_botocore(error: Exception) -> bool:
    # boto3's few own errors and those of HTTP libraries below are raised through botocore's.
    return any(cls.__module__.partition(".")[0] in ("botocore", "boto3") for cls in type(error).__mro__)


def code_of(error: BaseException) -> str:
    """Return the error code of a response, empty if there was none."""
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def failure(error: Exception, doing: str, location: Location) -> FileSystemError:
    """Return the error that says what happened while something was being done, such as ``read``."""
    code = code_of(error)
    if code:
        return _refusal(error, code, doing, location)
    name = type(error).__name__
    if name in _NO_CREDENTIALS or "SSO" in name:
        return RedunPermissionError(
            errno.EACCES,
            f"There are no credentials to {doing} {_what(location)} ({error}); set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, name a profile in [filesystems.s3], or say `anonymous = true` there",
            location.url,
        )
    if name == "ParamValidationError":
        return RedunOSError(
            errno.EINVAL, f"S3 has no such name, to {doing} {_what(location)}: {error}", location.url
        )
    if name == "FlexibleChecksumError":
        return RedunOSError(
            errno.EIO, f"What arrived of {_what(location)} is not what the server has: {error}", location.url
        )
    number = errno.ETIMEDOUT if "Timeout" in name else errno.ECONNREFUSED
    return RedunOSError(
        number,
        f"Could not {doing} {_what(location)}: {error} Is the server up, and `endpoint_url` right?",
        location.url,
    )


def _what(location: Location) -> str:
    if not location.key:
        return f"bucket {location.bucket!r}"
    version = f", version {location.version!r}," if location.version else ""
    return f"key {location.key!r}{version} of bucket {location.bucket!r}"


def _refusal(error: Exception, code: str, doing: str, location: Location) -> FileSystemError:
    response: dict[str, Any] = error.response  # type: ignore[attr-defined]
    said = str(response["Error"].get("Message") or "").rstrip(".")
    what, url = _what(location), location.url
    if code == "NoSuchBucket":
        return RedunFileNotFoundError(
            errno.ENOENT,
            f"There is no bucket {location.bucket!r}, to {doing} {what}; check the name, or make the bucket",
            url,
        )
    if code in MISSING_CODES:
        return RedunFileNotFoundError(errno.ENOENT, f"There is no {what}", url)
    if code in _CREDENTIALS:
        return RedunPermissionError(errno.EACCES, f"{_CREDENTIALS[code]} (to {doing} {what}: {code})", url)
    if code in _DENIED:
        return RedunPermissionError(
            errno.EACCES,
            f"Not allowed to {doing} {what} ({code}: {said}); see the policies of the bucket and of whose credentials "
            "are in use. A missing object is refused as well if s3:ListBucket is not allowed",
            url,
        )
    if code in _REDIRECTS:
        region = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
        hint = f"it is in {region}" if region else "it is in another region"
        return RedunOSError(
            errno.EREMOTE, f"Could not {doing} {what}: {hint}; set `region` in [filesystems.s3]", url
        )
    if code in _BUSY:
        tries = response.get("ResponseMetadata", {}).get("RetryAttempts", 0) + 1
        return RedunOSError(
            errno.EAGAIN,
            f"The server would not {doing} {what} now ({code}: {said}), asked {tries} times; try again later, or "
            "raise `max_attempts` in [filesystems.s3]",
            url,
        )
    if code == "PreconditionFailed":
        return RedunOSError(errno.EAGAIN, f"Somebody else changed {what} in the meantime, to {doing} it", url)
    return RedunOSError(errno.EIO, f"Could not {doing} {what} ({code}: {said})", url)
