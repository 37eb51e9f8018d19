"""A secret of AWS that says how to connect to PostgreSQL."""

from __future__ import annotations

import json
from typing import Any

import boto3
import psycopg
import pytest
from redun.config import Config, database_uri
from redun.errors import ConfigError, RecorderError
from redun_backend_postgres.destination import Destination
from services.batch import LocalBatch
from services.postgres import PostgresServer, postgres_server

PASSWORD = 'open "sesame"'


@pytest.fixture(scope="module")
def secrets(server: LocalBatch) -> Any:
    return boto3.client("secretsmanager", **server.arguments())


@pytest.fixture
def postgres() -> Any:
    with postgres_server() as running:
        yield running


@pytest.fixture(autouse=True)
def environment(server: LocalBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("REDUN_DB_USERNAME", "of the environment")
    monkeypatch.setenv("REDUN_DB_PASSWORD", "of the environment")


def keywords(name: str, **options: str) -> dict[str, str]:
    config = Config({"backend": {"db_aws_secret_name": name, **options}})
    return Destination.of(database_uri(config)).keywords()


def test_a_secret_connects(secrets: Any, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE anna LOGIN PASSWORD '{PASSWORD}'")
    rules = postgres.data / "pg_hba.conf"
    rules.write_text("host all anna 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
    postgres.restart()
    arn = secrets.create_secret(
        Name="team/redun",
        SecretString=json.dumps(
            {
                "engine": "postgres",
                "username": "anna",
                "password": PASSWORD,
                "host": "127.0.0.1",
                "port": postgres.port,
                "dbname": "postgres",
            }
        ),
    )["ARN"]
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    for name, region in (("team/redun", "us-east-1"), (arn, "")):
        monkeypatch.setenv("AWS_REGION", region)
        # It says all there is to know; what else the configuration says of TLS and the like stays.
        found = keywords(name, db_uri="postgresql://bert@elsewhere/other?sslmode=disable")
        with psycopg.connect(**found) as connection:
            assert connection.execute("SELECT current_user, current_database()").fetchone() == (
                "anna",
                "postgres",
            )
            assert connection.info.get_parameters()["sslmode"] == "disable"
    assert PASSWORD not in str(Destination.of(f"postgresql://?db_aws_secret_name={arn}"))


def test_secrets_that_name_no_database_are_told_without_their_content(secrets: Any) -> None:
    keys = "engine (postgres), username, password, host, port, dbname"
    shape = f"`db_aws_secret_name` names a secret with the keys {keys}"
    for name, content, problem in (
        ("text", "sesame", "is no JSON object"),
        ("part", '{"password": "sesame", "host": "db"}', "lacks username"),
        (
            "mysql",
            '{"engine": "mysql", "username": "anna", "password": "sesame", "host": "db"}',
            "is of another engine than PostgreSQL",
        ),
    ):
        secrets.create_secret(Name=name, SecretString=content)
        with pytest.raises(ConfigError) as caught:
            keywords(name)
        assert str(caught.value) == f"the AWS secret {name!r} {problem}: {shape}"


def test_secrets_that_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        ConfigError, match=r"^there is no AWS secret 'absent' in this region and account: check "
    ):
        keywords("absent")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(
        RecorderError, match=r"^cannot read the AWS secret 'absent', which `db_aws_secret_name` names"
    ):
        keywords("absent")
