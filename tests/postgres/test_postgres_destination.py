"""What a URL and the environment make of a connection; no server is needed."""

from __future__ import annotations

import pytest
from redun.errors import ConfigError
from redun_backend_postgres.destination import Destination

URL = "postgresql://db.example.org:5433/redun"


def test_options_of_redun_are_kept_from_the_client_library() -> None:
    found = Destination.of(f"{URL}?db_retries=7&sslmode=require&db_username_env=TEAM%5FUSER")
    assert found.url == f"{URL}?sslmode=require"
    assert found.options == {"db_retries": "7", "db_username_env": "TEAM_USER"}
    assert found.keywords({}) == {
        "host": "db.example.org",
        "port": "5433",
        "dbname": "redun",
        "sslmode": "require",
        "fallback_application_name": "redun",
    }


def test_the_environment_names_user_and_password() -> None:
    environ = {"REDUN_DB_USERNAME": "anna", "REDUN_DB_PASSWORD": "sesame", "TEAM_PASSWORD": "other"}
    keywords = Destination.of("postgresql://bert@db/redun").keywords(environ)
    assert (keywords["user"], keywords["password"]) == ("anna", "sesame")
    keywords = Destination.of("postgresql://bert@db/redun?db_password_env=TEAM_PASSWORD").keywords(environ)
    assert (keywords["user"], keywords["password"]) == ("anna", "other")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_spellings_of_the_scheme(scheme: str) -> None:
    assert Destination.of(f"{scheme}://db/redun").keywords({})["host"] == "db"


def test_several_hosts() -> None:
    keywords = Destination.of("postgresql://one:1,two:2/redun?target_session_attrs=read-write").keywords({})
    assert (keywords["host"], keywords["port"]) == ("one,two", "1,2")


def test_a_password_in_the_url_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        Destination.of("postgresql://anna:sesame@db/redun")
    assert str(caught.value) == (
        "postgresql://anna:***@db/redun holds a password, which everyone would see in the list of processes: take it "
        "out, and put it into the environment variable REDUN_DB_PASSWORD, the file ~/.pgpass, or a service file"
    )


def test_an_unknown_option_is_told() -> None:
    with pytest.raises(ConfigError) as caught:
        Destination.of("postgresql://db/redun?ssl_mode=require")
    assert str(caught.value) == (
        "postgresql://db/redun?ssl_mode=require is no URL of a PostgreSQL database (invalid URI query parameter: "
        '"ssl_mode"): write it like postgresql://host:5432/database?sslmode=verify-full'
    )
