"""How section `[backend]` names a database service: one URL, without any secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from redun.config import Config, database_uri
from redun.errors import ConfigError


def uri(folder: Path | str | None = "/project/.redun", /, **options: str) -> str:
    return database_uri(Config({"backend": options}, configdir=folder))


def test_a_plain_url_is_left_as_it_is() -> None:
    assert uri(db_uri="postgresql://db.example.org/redun") == "postgresql://db.example.org/redun"


def test_options_of_the_section_go_along() -> None:
    assert uri(
        db_uri="postgresql://db/redun?sslmode=require",
        db_username_env="TEAM USER",
        db_password_env="TEAM_PASSWORD",
        db_retries="7",
        max_value_size="100",
    ) == (
        "postgresql://db/redun?sslmode=require&db_username_env=TEAM%20USER&db_password_env=TEAM_PASSWORD&db_retries=7"
    )


def test_what_the_url_says_itself_wins() -> None:
    assert uri(db_uri="postgresql://db/redun?db_retries=2", db_retries="7").endswith("?db_retries=2")


def test_files_of_tls_lie_beside_the_configuration(tmp_path: Path) -> None:
    found = uri(
        tmp_path,
        db_uri="postgresql://db/redun?sslrootcert=certs/ca+1.pem&sslcert=/etc/me.pem&sslkey=~/me.key&sslcrl=system",
    )
    assert found == (
        f"postgresql://db/redun?sslrootcert={tmp_path}/certs/ca%2B1.pem&sslcert=/etc/me.pem"
        f"&sslkey={Path.home()}/me.key&sslcrl=system"
    )


@pytest.mark.parametrize("configured", [{}, {"db_uri": "sqlite:///redun.db"}])
def test_a_secret_of_aws_names_the_database_alone(configured: dict[str, str]) -> None:
    found = uri(None, **configured, db_aws_secret_name="team/redun")
    assert found == "postgresql://?db_aws_secret_name=team/redun"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("postgresql://anna:sesame@db/redun", "postgresql://anna:***@db/redun"),
        ("postgresql://db/redun?password=${SESAME}", "postgresql://db/redun?password=***"),
    ],
)
def test_a_password_is_refused_without_being_shown(written: str, said: str) -> None:
    config = Config(environ={"SESAME": "sesame"})
    config.read_string(f"[backend]\ndb_uri = {written}\n", "redun.ini")
    with pytest.raises(ConfigError) as caught:
        database_uri(config)
    assert str(caught.value) == (
        f"redun.ini, line 2, section [backend], option 'db_uri': {said} holds a password, which everyone who may read "
        "this file or the list of processes would see: take it out, and put it into the environment variable "
        "REDUN_DB_PASSWORD (`db_password_env` names another one), the file ~/.pgpass, a service file, or a secret of "
        "AWS (`db_aws_secret_name`)"
    )


def test_sqlite_takes_none_of_it() -> None:
    assert uri(db_uri="sqlite:///redun.db", db_retries="7") == "sqlite:////project/.redun/redun.db"
