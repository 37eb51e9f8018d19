"""Loading plugins one by one: what fails is recorded, what is left out is not imported, the rest is used."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from redun.host import Host, Origin, PluginFailure, Selection

MakeHost = Callable[..., Host]
Install = Callable[..., None]
OK = """
@hookimpl
def redun_executors():
    return [ExecutorSpec({name!r}, "json:JSONDecoder")]
"""


def names(host: Host) -> list[str]:
    return [origin.name for origin in host.plugins()]


def test_each_plugin_fails_alone(install: Install, make_host: MakeHost, reports: list[PluginFailure]) -> None:
    install("a-good", OK.format(name="a"))
    install("b-raises", "raise RuntimeError('boom\\nbang')", version="3.1")
    install("c-exits", "raise SystemExit(3)")
    install("d-syntax", "def x(:")
    install("e-good", OK.format(name="e"))
    host = make_host()
    assert {"a-good", "e-good"} < set(names(host))
    assert host.failures() == reports
    assert [(each.name, each.stage) for each in reports] == [
        ("b-raises", "import"),
        ("c-exits", "import"),
        ("d-syntax", "import"),
    ]
    raised = reports[0]
    assert (raised.distribution, raised.version) == ("redun-observer-b-raises", "3.1")
    assert raised.error.startswith("RuntimeError: boom bang (")
    assert raised.error.endswith("redun_observer_b_raises_b_raises.py:3)")
    assert reports[1].error.startswith("SystemExit: 3 (")
    assert reports[2].error.startswith("SyntaxError: ")
    assert {"a", "e"} < {spec.name for spec in host.executors()}


def test_ctrl_c_during_an_import_is_the_users(install: Install, make_host: MakeHost) -> None:
    install("a", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        make_host().load_plugins()


@pytest.mark.parametrize(
    ("source", "stage", "error"),
    [
        (
            "REDUN_API = 99",
            "version",
            "it is built for plugin interface 99 and requires redun-core>=99; this redun-core offers 1. "
            "Upgrade redun-core, or install an older redun-observer-bad",
        ),
        ("REDUN_API = 'one'", "version", "REDUN_API is 'one'; it must be a whole number such as 1"),
        (
            "@hookimpl\ndef redun_executor(): return []",
            "hooks",
            "there is no hook redun_executor; did you mean redun_executors?",
        ),
        ("@hookimpl\ndef frobnicate(): return []", "hooks", "there is no hook frobnicate"),
        ("def redun_jobs(transitions): pass", "hooks", "redun_jobs is not marked; put @hookimpl above it"),
        (
            "@hookimpl\ndef redun_jobs(jobs): pass",
            "hooks",
            "Argument(s) {'jobs'} are declared in the hookimpl",
        ),
        (
            "@hookimpl(wrapper=True)\ndef redun_jobs(transitions): yield",
            "hooks",
            "redun_jobs is a wrapper; hooks of redun cannot be wrapped",
        ),
    ],
)
def test_plugins_that_do_not_fit_are_refused(
    install: Install, make_host: MakeHost, reports: list[PluginFailure], source: str, stage: str, error: str
) -> None:
    install("bad", source + "\n" + OK.format(name="bad"), requires="redun-core>=99")
    host = make_host()
    assert "bad" not in names(host)
    assert "bad" not in {spec.name for spec in host.executors()}
    assert [each.stage for each in reports] == [stage]
    assert error in reports[0].error


def test_a_plugin_may_leave_out_its_api_version(make_host: MakeHost, reports: list[PluginFailure]) -> None:
    host = make_host()
    host.add_plugin(object(), Origin("empty", "empty", "1"))
    assert "empty" in names(host)
    assert not reports


def test_plugins_left_out_are_not_imported(install: Install, make_host: MakeHost, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for name in ("a", "b"):
        install(name, f"open({str(trace)!r}, 'a').write({name!r})")
    host = make_host(Selection.read(["no:a"]))
    assert names(host)[-1] == "b"
    assert trace.read_text() == "b"
    left_out = {origin.name: why for origin, why in host.left_out().items()}
    assert left_out == {"a": "left out by -p no:a"}


def test_a_listed_plugin_that_is_not_installed_is_reported(
    install: Install, make_host: MakeHost, reports: list[PluginFailure], monkeypatch: pytest.MonkeyPatch
) -> None:
    install("a", "")
    monkeypatch.setenv("REDUN_PLUGINS", "a, typo")
    host = make_host()
    assert "a" in names(host)
    assert [str(each) for each in reports] == [
        "plugin 'typo' (typo ?), selection: REDUN_PLUGINS lists it, but it is not installed"
    ]


def test_two_distributions_with_one_plugin_name(
    install: Install, make_host: MakeHost, reports: list[PluginFailure]
) -> None:
    install("same", OK.format(name="x"), distribution="redun-executor-x", version="1.0")
    install("same", OK.format(name="y"), distribution="redun-executor-y", version="2.0")
    host = make_host()
    assert "same" not in names(host)
    assert [each.stage for each in reports] == ["conflict", "conflict"]
    for report in reports:
        assert "redun-executor-x 1.0 and by redun-executor-y 2.0; none of them is used" in report.error
    chosen = make_host(Selection.read(["no:redun-executor-y"]))
    assert "x" in {spec.name for spec in chosen.executors()}


def test_the_name_of_the_host_itself_is_taken(
    install: Install, make_host: MakeHost, reports: list[PluginFailure]
) -> None:
    install("redun", OK.format(name="x"))
    host = make_host()
    host.load_plugins()
    assert [(each.stage, each.error) for each in reports] == [
        ("conflict", "redun-core has the name 'redun' already")
    ]
    assert host.executor("local") is not None


def test_nothing_is_loaded_until_needed(install: Install, make_host: MakeHost) -> None:
    install("lazy", OK.format(name="lazy"))
    host = make_host()
    assert host.executor("local") is not None
    assert "redun_observer_lazy_lazy" not in sys.modules
    host.executor("lazy")
    assert "redun_observer_lazy_lazy" in sys.modules


def test_plugins_are_loaded_once_by_whoever_comes_first(
    install: Install, make_host: MakeHost, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    install(
        "slow",
        f"import time; time.sleep(0.05); open({str(trace)!r}, 'a').write('x')" + OK.format(name="slow"),
    )
    host = make_host()
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(host.executor("slow"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert trace.read_text() == "x"


def test_a_plugin_may_ask_a_host_while_it_is_imported(install: Install, make_host: MakeHost) -> None:
    install("nested", "from redun.host import Host\nHost().load_plugins()\n" + OK.format(name="nested"))
    assert "nested" in {spec.name for spec in make_host().executors()}


def test_failures_are_logged_unless_told_otherwise(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    install("bad", "1 / 0")
    Host().load_plugins()
    assert [record.name for record in caplog.records] == ["redun.plugins"]
    assert "plugin 'bad' (redun-observer-bad 1.0), import: ZeroDivisionError" in caplog.text


def test_objects_can_be_plugins(make_host: MakeHost, reports: list[PluginFailure]) -> None:
    from redun.plugin import ExecutorSpec, hookimpl

    class Plugin:
        @hookimpl
        def redun_executors(self) -> list[ExecutorSpec]:
            return [ExecutorSpec("mine", "json:JSONDecoder")]

    host = make_host()
    host.add_plugin(Plugin(), Origin("mine", "this test", "1"))
    host.add_plugin(Plugin(), Origin("mine", "again", "1"))
    assert host.executor("mine").__name__ == "JSONDecoder"
    assert [each.error for each in reports] == ["plugin 'mine' (this test 1) has the name 'mine' already"]
