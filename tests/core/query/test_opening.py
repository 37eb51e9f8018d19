"""Records that plugins open: by URL, by configuration, and what is said of those that nobody opens."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest
from redun.config import Config
from redun.errors import PluginError, UnknownProviderError
from redun.host import Host, Origin, Selection
from redun.plugin import RecorderSpec, hookimpl
from redun.query.opening import changing, look
from redun.query.record import open_record

TARGET = "redun.recorder.sqlite:SqliteRecorder"


class Elsewhere:
    """Supplies two kinds of records; only one can be looked at."""

    @hookimpl
    def redun_recorders(self) -> list[RecorderSpec]:
        seen = "records_elsewhere"
        return [
            RecorderSpec(
                "elsewhere", TARGET, database=f"{seen}:open_database", session=f"{seen}:open_session"
            ),
            RecorderSpec("written", TARGET),
        ]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Plugins that open `elsewhere://host/PATH`: the file of that path."""
    source = """
    from redun.recorder.changing import open_for_changes
    from redun.recorder.reader_database import SQLiteDatabase

    def open_database(url):
        return SQLiteDatabase(url.split("://host")[1])

    def open_session(url):
        return open_for_changes(url.split("://host")[1])
    """
    (tmp_path / "records_elsewhere.py").write_text(textwrap.dedent(source))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "records_elsewhere", raising=False)
    found = Host(Selection(all_left_out="this test"))
    found.add_plugin(Elsewhere(), Origin("elsewhere", "redun-backend-elsewhere", "1.0"))
    return found


def test_a_plugin_opens_what_the_url_names(lab: Path, host: Host) -> None:
    url = f"elsewhere+driver://host{lab}/.redun/redun.db"
    with look(lab / ".redun" / "redun.db") as reader:
        expected = reader.executions()
    with look(url, lambda: host) as reader:
        assert reader.executions() == expected
    with open_record(Config({"backend": {"db_uri": url}}), hosting=lambda: host) as record:
        assert [one.id for one in record.executions()] == [one.id.hex() for one in expected]
        assert record.session().get_bind().url.drivername == "sqlite"


def test_a_plugin_opens_what_is_to_be_changed(tmp_path: Path, host: Host) -> None:
    opened = changing(f"elsewhere://host{tmp_path}/redun.db", lambda: host)
    with opened as session, session.transaction() as connection:
        connection.execute("INSERT INTO tag VALUES ('execution', x'00', 'key', '1')")
    with look(tmp_path / "redun.db") as reader:
        assert reader.database.rows("SELECT key FROM tag") == [("key",)]


def test_a_record_that_can_only_be_written(host: Host) -> None:
    with pytest.raises(
        PluginError, match=r"'written' of .*redun-backend-elsewhere.* has no database; .*pip install"
    ):
        look("written://ada:secret@host/redun", lambda: host)
    with (
        pytest.raises(PluginError, match=r"'written' of .* has no session"),
        changing("written://host/redun", lambda: host),
    ):
        pass


def test_the_distribution_is_named_that_opens_a_record() -> None:
    nobody = Host(Selection(all_left_out="this test"))
    with pytest.raises(UnknownProviderError, match="redun-backend-postgres") as caught:
        look("postgresql://ada:secret@host/redun", lambda: nobody)
    assert "secret" not in str(caught.value)
