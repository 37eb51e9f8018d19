"""Where the keys of signatures come from, and what is said when they are not there."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from redun.config import Config
from redun.errors import ConfigError
from redun.signing.keys import configured_signer
from redun.signing.signer import Signer, Verdict

KEY, OTHER = "11" * 32, "22" * 32
VALUE = bytes(20), 0, 0, b"content"


def signer_of(text: str) -> Signer:
    signer = configured_signer(Config({"signing": {"key_env": "KEYS"}}), {"KEYS": text})
    assert signer is not None
    return signer


def key_file(folder: Path, text: str, mode: int = 0o600) -> Config:
    path = folder / "signing.key"
    path.write_text(text)
    os.chmod(path, mode)
    return Config({"signing": {"key_file": "signing.key"}}, configdir=str(folder))


def test_nothing_is_signed_without_the_section() -> None:
    assert configured_signer(Config({"backend": {}})) is None


def test_the_first_key_signs_and_all_are_accepted(tmp_path: Path) -> None:
    old, new = (
        signer_of(KEY),
        configured_signer(key_file(tmp_path, f"# of May\n{OTHER}\n\n{KEY} # of April\n")),
    )
    assert new is not None
    assert new.judge(*VALUE, old.sign(*VALUE)) is Verdict.OLDER
    assert new.judge(*VALUE, new.sign(*VALUE)) is Verdict.CURRENT
    assert old.judge(*VALUE, new.sign(*VALUE)) is Verdict.UNKNOWN
    assert signer_of(f"{OTHER}, {KEY}").sign(*VALUE) == new.sign(*VALUE)


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [
        ("", 0o600, "holds no key; a key is 64 hex digits"),
        (f"{KEY}\nsesame", 0o600, "line 2 of .* is no key"),
        (KEY, 0o644, "has mode 0644, so that others can get at it: chmod 640"),
    ],
)
def test_a_file_that_holds_no_private_key_is_refused(
    tmp_path: Path, text: str, mode: int, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        configured_signer(key_file(tmp_path, text, mode))
    assert KEY not in str(caught.value)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "neither it nor key_env is given"),
        ({"key_file": "no.key"}, "there is no file .*no.key"),
        ({"key_env": "NO_KEY"}, "the environment variable NO_KEY is not set"),
        ({"key_env": "WORD"}, "line 1 of the environment variable WORD is no key"),
        ({"key_env": "WORD", "key_file": "no.key"}, "key_env is set too; give one of them"),
        ({"key_fiel": "no.key"}, "there is no such option; there are: key_file, key_env"),
    ],
)
def test_a_section_that_names_no_key_is_refused(
    tmp_path: Path, options: dict[str, str], message: str
) -> None:
    config = Config({"signing": options}, configdir=str(tmp_path))
    with pytest.raises(ConfigError, match=message) as caught:
        configured_signer(config, {"WORD": "sesame"})
    assert "sesame" not in str(caught.value)


def test_a_signer_shows_no_key_and_does_not_travel() -> None:
    signer = signer_of(KEY)
    assert KEY[:8] not in repr(signer)
    with pytest.raises(TypeError, match="keys stay where they are"):
        pickle.dumps(signer)


@pytest.mark.parametrize(
    ("value", "signature"),
    [
        ((b"\1" * 20, 0, 0, b"content"), lambda mac: mac),
        ((bytes(20), 2, 0, b"content"), lambda mac: mac),
        ((bytes(20), 0, 1, b"content"), lambda mac: mac),
        ((bytes(20), 0, 0, b"Content"), lambda mac: mac),
        (VALUE, lambda mac: mac[:-1]),
        (VALUE, lambda mac: mac + b"\0"),
        (VALUE, lambda mac: mac[:5]),
        (VALUE, lambda mac: mac[:-1] + bytes([mac[-1] ^ 1])),
    ],
)
def test_whatever_is_changed_makes_the_signature_wrong(value: tuple, signature: object) -> None:
    signer = signer_of(KEY)
    changed = signature(signer.sign(*VALUE))  # type: ignore[operator]
    assert signer.judge(*value, changed) is Verdict.WRONG


@pytest.mark.parametrize("signature", [None, b""])
def test_no_signature_is_none(signature: bytes | None) -> None:
    assert signer_of(KEY).judge(*VALUE, signature) is Verdict.UNSIGNED
