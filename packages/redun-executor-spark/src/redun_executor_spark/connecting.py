"""Sessions at a server of Spark Connect: how they are opened, or why that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError, JobLostError

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from redun_executor_spark.connected import Connected
    from redun_executor_spark.options import Application

__all__ = ["connect", "impatient", "open_session", "shown_server"]

ANSWER_S = 10.0
"""How long a server may take to answer at all."""

RETRIES = {
    "max_retries": 8,
    "initial_backoff": 50,
    "backoff_multiplier": 4.0,
    "max_backoff": 10_000,
    "jitter": 500,
    "min_jitter_threshold": 2_000,
}
"""Half a minute in all, in milliseconds each. Spark's own ten minutes are long for calls that can be sent again."""


def connect(application: Application) -> Connected:
    """Open the root session of an application.

    Raises
    ------
    ExecutorError
        Something that is needed for that is not installed, the server refuses, or the application asks for what only
        those can give who start a server.
    JobLostError
        No server answers.
    """
    from redun_executor_spark.connected import Connected

    _refuse_launch_options(application)
    return Connected(application, open_session(application.master), None)


def open_session(url: str, *, active: bool = False) -> SparkSession:
    """Open a session.

    Parameters
    ----------
    url : str
        ``sc://HOST:PORT/;token=…``.
    active : bool
        It becomes what `SparkSession.builder.getOrCreate()` returns in this thread, until it is stopped there.
    """
    try:
        import grpc  # type: ignore[import-untyped,unused-ignore]
        from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        reason = str(error).strip().splitlines()[0]
        raise ExecutorError(
            f"Spark Connect at {shown_server(url)} needs packages that are not installed ({reason}): "
            "pip install 'redun-executor-spark[connect]'."
        ) from error
    from pyspark.errors import PySparkException

    try:
        _await(grpc, url)
        session = SparkSession.builder.remote(url).create() if active else SparkSession(connection=url)
        _limit_retries(session.client, RETRIES)
        # The first question makes the session at the server.
        session.version  # noqa: B018
    except (PySparkException, grpc.RpcError, ValueError) as error:
        raise ExecutorError(
            f"There is no session at the server of Spark Connect {shown_server(url)}: {_said(error)}"
        ) from error
    return session


def impatient(session: SparkSession) -> None:
    """Let a session try everything only once from now on: its server does not answer, or is not needed any more."""
    _limit_retries(session.client, {**RETRIES, "max_retries": 0})


def shown_server(url: str) -> str:
    """Return the address of a server without its parameters, for one of them may be a token.

    Examples
    --------
    >>> shown_server("sc://spark.example.org:443/;use_ssl=true;token=open-sesame")
    'sc://spark.example.org:443'
    """
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.partition('/')[0].rpartition('@')[2]}"


def _await(grpc: Any, url: str) -> None:
    """Wait until the server answers: a session itself would go on trying."""
    from pyspark.sql.connect.client import core

    # Its name until pyspark 4.
    builder = getattr(core, "DefaultChannelBuilder", None) or core.ChannelBuilder
    with builder(url).toChannel() as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=ANSWER_S)
        except grpc.FutureTimeoutError:
            raise JobLostError(
                f"No server of Spark Connect answers at {shown_server(url)} within {ANSWER_S:g} s. Start one there "
                "(sbin/start-connect-server.sh of a Spark distribution), or correct the option master; "
                "encrypted connections need ;use_ssl=true in it."
            ) from None


def _limit_retries(client: Any, retries: dict[str, Any]) -> None:
    if hasattr(client, "set_retry_policies"):
        from pyspark.sql.connect.client.retries import DefaultPolicy

        client.set_retry_policies([DefaultPolicy(**retries)])
    else:
        # pyspark 3.5.
        client._retry_policy.update(retries)


def _refuse_launch_options(application: Application) -> None:
    asked = {
        "packages": application.packages,
        "driver_memory": application.driver_memory,
        "spark_conf": ", ".join(key for key, _ in application.conf),
    }
    given = [
        f"{option} ({value})" if option == "spark_conf" else option
        for option, value in asked.items()
        if value
    ]
    if given:
        raise ExecutorError(
            f"The application at {shown_server(application.master)} runs already, so that it cannot be started with "
            f"{' and '.join(given)}: set them where the server is started, and leave them out here."
        )


def _said(error: BaseException) -> str:
    details = getattr(error, "details", None)
    text = str(details() if callable(details) else error).strip()
    return (text.splitlines() or [type(error).__name__])[0]
