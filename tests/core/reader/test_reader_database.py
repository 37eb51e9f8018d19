from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from redun.errors import DatabaseCorruptError, DatabaseVersionError, RecorderError, RecordNotFoundError
from redun.recorder.reader import open_reader


def test_a_missing_record_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(RecordNotFoundError, match="does not exist"):
        open_reader(tmp_path / "redun.db")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "redun.db"
    path.write_bytes(b"certainly not a database " * 100)
    with pytest.raises(DatabaseCorruptError, match=r"redun\.db"):
        open_reader(path)


def test_a_damaged_database(example: Any, tmp_path: Path) -> None:
    example.builder.save()
    path = example.builder.path
    example.builder.connection.execute("COMMIT")
    example.builder.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    example.builder.connection.execute("BEGIN")
    damaged = tmp_path / "damaged.db"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    damaged.write_bytes(content)
    with pytest.raises(DatabaseCorruptError), open_reader(damaged) as reader:
        reader.executions()


def test_another_programs_database(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE job (id TEXT)")
    connection.close()
    with pytest.raises(DatabaseVersionError, match="no record of redun"):
        open_reader(path)


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "redun.db"
    path.touch()
    with pytest.raises(RecordNotFoundError, match="empty"):
        open_reader(path)


def test_a_newer_database(builder: Any) -> None:
    builder.connection.execute("UPDATE alembic_version SET version_num = '7.3'")
    builder.save()
    with pytest.raises(DatabaseVersionError, match=r"7\.3.*newer"):
        open_reader(builder.path)


@pytest.mark.parametrize("form", ["sqlite:///{}", "{}"])
def test_path_or_url(example: Any, form: str) -> None:
    with open_reader(form.format(example.builder.path)) as reader:
        assert len(reader.executions()) == 1


def test_the_url_of_another_database_is_refused_without_its_password() -> None:
    with pytest.raises(RecorderError) as caught:
        open_reader("postgresql://ada:secret@host/redun")
    assert "host/redun" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_reading_while_another_writes(example: Any, records: Any) -> None:
    builder = example.builder
    with open_reader(builder.path) as reader:
        example.run("lib 2", b"\x01" * 16, records.START + records.DAY)
        # The writer holds its transaction open: its rows are not there yet, and nobody waits.
        assert len(reader.executions()) == 1
        builder.save()
        assert len(reader.executions()) == 2


def test_a_reader_cannot_write(example: Any) -> None:
    with open_reader(example.builder.path) as reader, pytest.raises(RecorderError):
        reader.database.rows("DELETE FROM job")


def test_a_record_in_a_folder_that_cannot_be_written(example: Any) -> None:
    builder = example.builder
    builder.connection.execute("COMMIT")
    builder.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    builder.connection.execute("BEGIN")
    script = (
        "import os, sys\n"
        "from redun.recorder.reader import open_reader\n"
        # Before the change of user: another user may not even read the standard library.
        "open_reader(sys.argv[2]).executions()\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "print(len(open_reader(sys.argv[1]).executions()))\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy = folder / "redun.db"
        copy.write_bytes(builder.path.read_bytes())
        copy.chmod(0o444)
        folder.chmod(0o555)
        answer = subprocess.run(
            [sys.executable, "-c", script, str(copy), str(builder.path)],
            capture_output=True,
            text=True,
            check=False,
        )
        folder.chmod(0o755)
    assert answer.stdout.strip() == "1", answer.stderr
