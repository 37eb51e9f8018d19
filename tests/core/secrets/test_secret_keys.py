"""The key of secrets: where it is, who may read it, and what is said if it is no good."""

from __future__ import annotations

import os
import stat
from typing import Any

import pytest
from redun import Secret, task
from redun.errors import ConfigError

SECRET = "correct-horse-battery"
ran: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    ran.clear()


@task(namespace="secret_keys", version="1")
def fetch(password: Secret[str]) -> int:
    ran.append(password)
    return len(password)


def refusal(project: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        project.run(fetch(SECRET))
    assert not ran
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_it_is_made_once_for_its_owner_alone(project: Any) -> None:
    project.run(fetch(SECRET))
    key = project.folder / "secret.key"
    data = key.read_bytes()
    assert len(data) == 32
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert (project.folder / ".gitignore").read_text() == "/secret.key\n"
    project.run(fetch(SECRET + "!"))
    assert key.read_bytes() == data
    assert (project.folder / ".gitignore").read_text() == "/secret.key\n"
    assert project.holding(data) == ["secret.key"]


def test_nothing_is_made_without_secrets_nor_by_a_dry_run(project: Any) -> None:
    from redun.errors import DryRunResult

    @task(namespace="secret_keys", version="1")
    def plain(x: int) -> int:
        return x

    project.run(plain(1))
    with pytest.raises(DryRunResult) as caught:
        project.run(fetch(SECRET), dryrun=True)
    assert caught.value.would_run[0].arguments == [("password", "<secret>")]
    assert not (project.folder / "secret.key").exists()


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (b"x" * 31, 0o600, r"secret.key, has 31 bytes and is no key"),
        (b"", 0o600, r"secret.key, has 0 bytes and is no key \(32 bytes, or 64 hex digits\): restore it"),
        (b"x" * 32, 0o644, r"secret.key, has mode 0644, so that others can get at it: chmod 600 "),
        (b"x" * 32, 0o640, r"secret.key, has mode 0640, so that others can get at it"),
    ],
    ids=["short", "empty", "all", "group"],
)
def test_a_key_that_is_no_good(project: Any, content: bytes, mode: int, said: str) -> None:
    path = project.folder / "secret.key"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=said):
        project.run(fetch(SECRET))
    assert not ran


def test_a_key_that_cannot_be_read(project: Any) -> None:
    (project.folder / "secret.key").mkdir()
    assert "secret.key, cannot be read: Is a directory" in refusal(project)


def test_a_key_that_cannot_be_made(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    def refuse(*words: Any, **options: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    assert "cannot be made: Permission denied. Name another one by key_file" in refusal(project)


def test_a_key_of_the_environment(project: Any, make_project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.sections["secrets"] = {"key_env": "LAB_KEY"}
    assert "section [secrets], option 'key_env': the environment variable LAB_KEY is not set" in refusal(
        project
    )
    monkeypatch.setenv("LAB_KEY", "no key at all")
    said = refusal(project)
    assert "LAB_KEY holds no key; a key is 64 hex digits" in said
    assert "no key at all" not in said
    monkeypatch.setenv("LAB_KEY", os.urandom(32).hex())
    project.run(fetch(SECRET))
    assert not (project.folder / "secret.key").exists()
    other = make_project("other")
    other.sections = {
        "backend": {"db_uri": f"sqlite:///{project.folder}/redun.db"},
        "secrets": {"key_env": "LAB_KEY"},
    }
    other.run(fetch(SECRET))
    assert len(ran) == 1
    monkeypatch.setenv("LAB_KEY", os.urandom(32).hex())
    other.run(fetch(SECRET))
    assert len(ran) == 2


def test_a_key_in_a_file_of_a_group(project: Any) -> None:
    project.sections["secrets"] = {"key_file": "team.key"}
    assert "option 'key_file': there is no file" in refusal(project)
    path = project.folder / "team.key"
    path.write_text(os.urandom(32).hex() + "\n")
    path.chmod(0o644)
    assert "team.key, has mode 0644, so that others can get at it: chmod 640" in refusal(project)
    path.chmod(0o640)
    project.run(fetch(SECRET))
    project.sections["secrets"]["key_env"] = "LAB_KEY"
    with pytest.raises(ConfigError, match="key_env is set too; give one of them"):
        project.run(fetch(SECRET))
