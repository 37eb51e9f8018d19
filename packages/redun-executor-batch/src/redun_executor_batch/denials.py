"""What AWS refuses, as errors that say what was asked for and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from redun.errors import ExecutorError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

__all__ = ["asking", "code_of", "explained", "is_about_definition", "is_denied", "is_throttled"]

_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException", "403"}
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_WRONG = frozenset(
    {
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "AuthFailure",
        "IncompleteSignature",
    }
)
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "LimitExceededException",
    }
)


@contextmanager
def asking(doing: str) -> Iterator[None]:
    """Turn what botocore raises into errors of redun.

    Parameters
    ----------
    doing : str
        What it is that AWS is asked for, as it reads after "while": `submitting to the queue 'small'`.

    Raises
    ------
    ExecutorError
        AWS did not do it.
    """
    try:
        yield
    except Exception as error:
        explanation = explained(error, doing)
        if explanation is None:
            raise
        raise explanation from error


def explained(error: BaseException, doing: str) -> ExecutorError | None:
    """Return an error of botocore as one of redun; None for any other."""
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    if isinstance(error, exceptions.ClientError):
        return ExecutorError(f"AWS Batch: {doing}: {_refusal(error)}")
    if not isinstance(error, exceptions.BotoCoreError | ResponseParserError):
        return None
    text = " ".join(str(error).split()).rstrip(".")
    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        advice = "Give AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`."
    elif isinstance(error, exceptions.ParamValidationError):
        advice = "See the options of the executor and of the task."
    elif isinstance(error, exceptions.ProfileNotFound):
        advice = "AWS_PROFILE must name a profile of ~/.aws/config."
    elif isinstance(error, exceptions.SSOError | exceptions.CredentialRetrievalError):
        advice = "Sign in again (`aws sso login`)."
    elif isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError | ResponseParserError):
        advice = "Is the network up, the region (aws_region) right, and AWS_ENDPOINT_URL, if it is set?"
    else:
        advice = "See the configuration of AWS in ~/.aws and in the variables AWS_…."
    return ExecutorError(f"AWS Batch: {doing}: {text}. {advice}")


def code_of(error: BaseException) -> str:
    """Return the code by which AWS calls an error; nothing if AWS did not answer."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def is_about_definition(error: BaseException | None) -> bool:
    """Tell whether AWS does not take a job because of its definition, which may have been deregistered."""
    response = getattr(error, "response", None)
    said = str(response.get("Error", {}).get("Message", "")) if isinstance(response, dict) else ""
    return "jobdefinition" in said.lower().replace(" ", "")


def is_denied(error: BaseException) -> bool:
    """Tell whether AWS does not let this process do what it asked for."""
    return code_of(error) in _DENIED


def is_throttled(error: BaseException) -> bool:
    """Tell whether AWS was asked too often."""
    return code_of(error) in _THROTTLED


def _refusal(error: ClientError) -> str:
    code, operation = code_of(error), error.operation_name
    said = str(error.response.get("Error", {}).get("Message", "")).strip().rstrip(".") or code
    if code in _DENIED:
        return f"AWS denies it: {said}. Whoever runs this needs a policy that allows the action {operation}."
    if code in _EXPIRED:
        return f"the credentials have expired ({said}). Renew them, and run this again."
    if code in _WRONG:
        return f"AWS does not know the credentials ({said}). See AWS_PROFILE, AWS_ACCESS_KEY_ID and ~/.aws."
    if code in _THROTTLED:
        return f"AWS was asked too often, several times over ({said}). Run this again later."
    return f"{said} ({code})."
