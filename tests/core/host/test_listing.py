"""All plugins for display."""

from __future__ import annotations

import json
from collections.abc import Callable

from redun.host import Host, Selection
from redun.host.listing import list_plugins


def test_listing_shows_what_is_in_use_left_out_and_failed(
    install: Callable[..., None], make_host: Callable[..., Host]
) -> None:
    install(
        "active",
        """
        @hookimpl
        def redun_executors():
            return [ExecutorSpec("gpu", "json:JSONDecoder"), ExecutorSpec("local", "json:JSONDecoder")]

        @hookimpl
        def redun_commands():
            return [CommandSpec("gpu top", "json:JSONDecoder")]

        @hookimpl
        def redun_jobs(transitions):
            pass
        """,
        version="2.1",
    )
    install("broken", "1 / 0")
    install("disabled", "1 / 0")
    install("future", "REDUN_API = 99")
    host = make_host(Selection.read(["no:disabled"]))
    listings = {each.name: each for each in list_plugins(host)}
    assert list(listings) == ["redun", "active", "broken", "disabled", "future"]
    assert [each.status for each in listings.values()] == ["active", "active", "failed", "disabled", "failed"]

    active = listings["active"]
    assert (active.distribution, active.version) == ("redun-observer-active", "2.1")
    # The name that redun itself has is not supplied, and it says so.
    assert active.supplies == {"executor": ["gpu"], "command": ["gpu top"]}
    assert active.hooks == ["redun_executors", "redun_commands", "redun_jobs"]
    assert len(active.problems) == 1
    assert active.problems[0].startswith("conflict: the executor 'local' is claimed by")

    assert listings["broken"].problems[0].startswith("import: ZeroDivisionError: division by zero (")
    assert listings["disabled"].reason == "left out by -p no:disabled"
    assert listings["future"].problems[0].startswith("version: it is built for plugin interface 99")

    own = listings["redun"]
    assert own.builtin
    assert own.version
    assert own.supplies["executor"] == ["alias", "default", "local", "process"]
    assert own.supplies["recorder"] == ["sqlite"]


def test_listing_is_json(install: Callable[..., None], make_host: Callable[..., Host]) -> None:
    install("broken", "1 / 0")
    written = json.loads(json.dumps([each.to_json() for each in list_plugins(make_host())]))
    broken = next(each for each in written if each["name"] == "broken")
    assert set(broken) == {
        "name",
        "distribution",
        "version",
        "status",
        "builtin",
        "supplies",
        "hooks",
        "reason",
        "problems",
    }
    assert broken["status"] == "failed"


def test_listing_works_with_every_plugin_left_out(
    install: Callable[..., None], make_host: Callable[..., Host]
) -> None:
    install("a", "1 / 0")
    listings = list_plugins(make_host(Selection.read(no_plugins=True)))
    assert {each.name: each.status for each in listings} == {"redun": "active", "a": "disabled"}
