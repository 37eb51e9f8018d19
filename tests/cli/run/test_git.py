"""What is read from the files of a git repository is what git says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from redun_cli.run.git import find_repository


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    command = ["git", *identity, *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "Begin")
    return folder


def commit_of(folder: Path) -> str | None:
    found = find_repository(folder)
    assert found is not None
    return found.commit()


def test_a_branch(repository: Path) -> None:
    (repository / "deep" / "er").mkdir(parents=True)
    assert commit_of(repository / "deep" / "er") == git(repository, "rev-parse", "HEAD")


def test_a_branch_with_slashes_packed_and_moved_on(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "feature/one")
    git(repository, "pack-refs", "--all")
    assert not (repository / ".git/refs/heads/feature/one").exists()
    assert commit_of(repository) == git(repository, "rev-parse", "HEAD")
    git(repository, "commit", "-q", "--allow-empty", "-m", "Go on")
    assert commit_of(repository) == git(repository, "rev-parse", "HEAD")


def test_no_branch(repository: Path) -> None:
    git(repository, "checkout", "-q", "--detach")
    assert commit_of(repository) == git(repository, "rev-parse", "HEAD")


def test_another_work_tree(repository: Path, tmp_path: Path) -> None:
    git(repository, "remote", "add", "origin", "git@example.org:demo.git")
    git(repository, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    git(tmp_path / "tree", "commit", "-q", "--allow-empty", "-m", "Elsewhere")
    assert commit_of(tmp_path / "tree") == git(tmp_path / "tree", "rev-parse", "HEAD")
    assert commit_of(tmp_path / "tree") != commit_of(repository)
    found = find_repository(tmp_path / "tree")
    assert found is not None
    assert found.origin_url() == "git@example.org:demo.git"


def test_no_commit_yet_and_no_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "empty")
    assert commit_of(tmp_path / "empty") is None
    found = find_repository(tmp_path / "empty")
    assert found is not None
    assert found.origin_url() is None
    (tmp_path / "damaged" / ".git").mkdir(parents=True)
    (tmp_path / "damaged" / ".git" / "HEAD").write_bytes(b"\xff\xfe nonsense")
    assert commit_of(tmp_path / "damaged") is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/a.git", "https://example.org/a.git"),
        ("https://ada:p@ss@example.org/a.git", "https://example.org/a.git"),
        ("https://token@example.org/a.git", "https://example.org/a.git"),
        ("ssh://git@example.org/a.git", "ssh://git@example.org/a.git"),
        ("/srv/a.git", "/srv/a.git"),
    ],
)
def test_the_origin_is_shown_without_secrets(repository: Path, url: str, shown: str) -> None:
    git(repository, "remote", "add", "origin", url)
    git(repository, "remote", "add", "upstream", "https://example.org/other.git")
    found = find_repository(repository)
    assert found is not None
    assert found.origin_url() == shown
