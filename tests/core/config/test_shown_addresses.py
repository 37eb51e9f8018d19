"""No password is left in an address that is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from redun.config.address import shown


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://anna:sesame@db/redun", "postgresql://anna:***@db/redun"),
        ("postgresql://anna:@db/redun", "postgresql://anna:***@db/redun"),
        ("postgresql://:sesame@db/redun", "postgresql://:***@db/redun"),
        ("postgresql://anna:ses@me/a?b#c@db:5433/redun", "postgresql://anna:***@db:5433/redun"),
        ("postgresql://anna:sesame@h1:1,h2:2/redun", "postgresql://anna:***@h1:1,h2:2/redun"),
        ("postgresql+psycopg://an%3Ana:sesame@/redun", "postgresql+psycopg://an%3Ana:***@/redun"),
        ("postgresql:///redun?password=sesame", "postgresql:///redun?password=***"),
        ("postgresql:///redun?pass%77ord=sesame&user=anna", "postgresql:///redun?pass%77ord=***&user=anna"),
        (
            "postgresql:///redun?sslkey=k.pem&sslpassword=sesame",
            "postgresql:///redun?sslkey=k.pem&sslpassword=***",
        ),
        ("postgresql:///redun?PASSWORD=sesame", "postgresql:///redun?PASSWORD=***"),
        ("https://host/x?X-Amz-Security-Token=sesame", "https://host/x?X-Amz-Security-Token=***"),
    ],
)
def test_a_password_is_hidden(address: str, expected: str) -> None:
    assert shown(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://db.example.org:5432/redun?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        "postgresql://anna@db.example.org:5432/redun",
        "postgresql://[::1]:5432/redun",
        "postgresql:///redun?db_password_env=TEAM_PASSWORD&db_aws_secret_name=team/redun",
        "postgresql:///redun?service=team&passfile=/home/anna/.pgpass",
        "sqlite:////data/a:b@c/redun.db",
        "sqlite:///:memory:",
        "s3://bucket/a:b@c",
        "/data/a:b@c/redun.db",
        "redun.db",
    ],
)
def test_an_address_without_a_password_is_left_as_it_is(address: str) -> None:
    assert shown(address) == address


def test_a_path_becomes_text() -> None:
    assert shown(Path("/data/redun.db")) == "/data/redun.db"
