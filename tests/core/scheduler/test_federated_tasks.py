"""Entry points of other projects."""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from redun import Scheduler, task
from redun.config import load_config
from redun.errors import ArgumentError, ConfigError
from redun.federated_tasks import (
    InvocationException,
    federated_task,
    lambda_federated_task,
    launch_federated_task,
    rest_federated_task,
)

redun_namespace = "federated_tests"

_MODULE = """
from redun import task
redun_namespace = "far"

@task
def one(x: int) -> int:
    return x + 1

@task
def add(x: int, y: int = 0) -> int:
    return one(x) + y
"""

_FAR = """
[backend]
db_uri = sqlite:///far.db

[executors.far_threads]
type = local
max_workers = 2

[federated_tasks.add]
namespace = far
task_name = add
load_module = far_workflow
executor = far_threads
config_dir = .
description = adds
memory = 2

[federated_tasks.broken]
namespace = far
task_name = add
"""


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The other project's configuration; its code can be imported."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "far_workflow.py").write_text(_MODULE)
    monkeypatch.syspath_prepend(str(code))
    monkeypatch.setenv("PYTHONPATH", str(code))
    folder = tmp_path / "far"
    folder.mkdir()
    (folder / "redun.ini").write_text(_FAR)
    return folder


@pytest.fixture
def near(tmp_path: Path, far: Path) -> Iterator[Scheduler]:
    folder = tmp_path / "near"
    folder.mkdir()
    (folder / "redun.ini").write_text(f"[scheduler]\nfederated_configs =\n    {far}\n")
    with Scheduler(load_config(folder)) as scheduler:
        yield scheduler


@task
def two() -> int:
    return 2


def _finished(database: Path, execution_id: str) -> tuple[int, str | None]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if database.exists():
            connection = sqlite3.connect(database)
            try:
                row = connection.execute(
                    "SELECT status, error FROM execution WHERE id = ?", (bytes.fromhex(execution_id),)
                ).fetchone()
            except sqlite3.OperationalError:
                row = None
            finally:
                connection.close()
            if row is not None and row[0] != 0:
                assert row[1] is None, row[1]
                return tuple(row)  # type: ignore[return-value]
        time.sleep(0.1)
    raise AssertionError("the execution did not finish")


def test_an_entry_point_is_called_by_name(near: Scheduler, far: Path) -> None:
    assert near.run(federated_task("add", two(), y=10)) == 13
    connection = sqlite3.connect(far / "far.db")
    names = {row[0] for row in connection.execute("SELECT name FROM task")}
    connection.close()
    assert names == {"add", "one"}


def test_its_result_is_lazy_and_shared_within_an_execution(near: Scheduler) -> None:
    @task(namespace="federated_tests")
    def main() -> Any:
        return [federated_task("add", 1) + 1, federated_task("add", 1)]

    assert near.run(main()) == [3, 2]


def test_unknown_and_incomplete_entry_points(near: Scheduler) -> None:
    with pytest.raises(ConfigError, match=r"No federated task is named 'ad'.*Did you mean add\?"):
        near.run(federated_task("ad"))
    with pytest.raises(ConfigError, match=r"federated_tasks\.broken.*load_module"):
        near.run(federated_task("broken"))


_LOCAL = """
[scheduler]
federated_configs = {far}
[executors.far_threads]
type = local
"""


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("[scheduler]\nfederated_configs =\n    {far}\n    {far}\n", r"'add' is defined in .*far and .*far"),
        (_LOCAL, r"executor 'far_threads' of the federated task 'add' is configured in .*rename one"),
        ("[scheduler]\nfederated_configs = nowhere\n", r"federated_configs.*there is no folder"),
    ],
)
def test_configurations_that_do_not_fit(tmp_path: Path, far: Path, settings: str, message: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "redun.ini").write_text(settings.format(far=far))
    with Scheduler(load_config(folder)) as scheduler, pytest.raises(ConfigError, match=message):
        scheduler.run(federated_task("add", 1))


def test_launch_runs_in_a_process_of_its_own(far: Path) -> None:
    execution_id = launch_federated_task(str(far), "add", [1], {"y": 5})
    assert _finished(far / "far.db", execution_id) == (1, None)


def test_launch_tells_of_what_it_cannot_begin(far: Path) -> None:
    with pytest.raises(ConfigError, match="No federated task is named 'nothing'"):
        launch_federated_task(str(far), "nothing")
    with pytest.raises(ArgumentError, match="takes input_path, or task_args and task_kwargs"):
        launch_federated_task(str(far), "add", [1], input_path="x")


class _Service(BaseHTTPRequestHandler):
    """Launches what is posted to it."""

    configs: dict[str, str]
    posted: list[dict[str, Any]]

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.posted.append(request)
        if request["config_name"] not in self.configs:
            self.send_error(404, explain="no such configuration")
            return
        launch_federated_task(
            self.configs[request["config_name"]],
            request["entrypoint"],
            input_path=request["input_path"],
            execution_id=request["execution_id"],
            cache=request["cache"],
        )
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def service(far: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    posted: list[dict[str, Any]] = []
    handler = type("Handler", (_Service,), {"configs": {"far": str(far)}, "posted": posted})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/run", posted
    server.shutdown()
    server.server_close()


def test_a_call_by_http(
    scheduler: Scheduler, service: tuple[str, list[dict[str, Any]]], far: Path, tmp_path: Path
) -> None:
    url, posted = service
    execution_id, request = scheduler.run(
        rest_federated_task("far", "add", url, str(tmp_path / "scratch"), False, two(), y=3)
    )
    assert posted == [request]
    assert request["input_path"] == f"{tmp_path}/scratch/execution/{execution_id}/input"
    assert _finished(far / "far.db", execution_id) == (1, None)


def test_a_rehearsal_by_http(
    scheduler: Scheduler, service: tuple[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    url, posted = service
    _id, request = scheduler.run(rest_federated_task("far", "add", url, str(tmp_path), True, 1, cache=False))
    assert posted == []
    assert (request["entrypoint"], request["cache"]) == ("add", False)


def test_a_service_that_refuses_or_is_not_there(
    scheduler: Scheduler, service: tuple[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    url, _posted = service
    with pytest.raises(InvocationException, match=r"refused the federated task 'add': 404"):
        scheduler.run(rest_federated_task("other", "add", url, str(tmp_path), False, 1))
    with pytest.raises(InvocationException, match=r"http://127\.0\.0\.1:9/run cannot be reached"):
        scheduler.run(rest_federated_task("far", "add", "http://127.0.0.1:9/run", str(tmp_path), False, 1))


def test_a_call_by_lambda(scheduler: Scheduler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def invoke(**request: Any) -> dict[str, int]:
        asked.append(request)
        return {"StatusCode": 202 if request["FunctionName"] == "good" else 500}

    client = SimpleNamespace(invoke=invoke)
    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(client=lambda name: client))  # type: ignore[misc]
    _id, request = scheduler.run(lambda_federated_task("far", "add", "good", str(tmp_path), False, 1))
    assert (json.loads(asked[0]["Payload"]), asked[0]["InvocationType"]) == (request, "Event")
    with pytest.raises(InvocationException, match="'bad' did not take the federated task 'add': status 500"):
        scheduler.run(lambda_federated_task("far", "add", "bad", str(tmp_path), False, 1))


def test_lambda_without_boto3_says_what_to_install(
    scheduler: Scheduler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(InvocationException, match="needs boto3, which is not installed: pip install boto3"):
        scheduler.run(lambda_federated_task("far", "add", "any", str(tmp_path), False, 1))
