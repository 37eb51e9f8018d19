"""Options of containers: how they are read, and what is said of ill-formed ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from redun.config import Config
from redun.errors import ConfigError, ExecutorError
from redun_executor_docker.environment import AwsCredentials
from redun_executor_docker.executor import DockerExecutor
from redun_executor_docker.options import ContainerOptions, read_options
from redun_executor_docker.volumes import Volume


def read(section: Mapping[str, Any], **task_options: Any) -> ContainerOptions:
    return read_options("docker", section, task_options, "/project", "ns.task")


def test_what_a_file_of_044_says() -> None:
    config = Config()
    config.read_string(
        """
        [executors.docker]
        type = docker
        image = my-image
        scratch = /tmp/scratch
        vcpus = 2
        gpus = 1
        memory = 8
        shared_memory = 1
        interactive = False
        include_aws_env = True
        volumes = [["data", "/data"], ["/ref", "/ref"]]
        job_monitor_interval = 0.2
        code_includes = *.txt *.py
        """
    )
    assert read(config.section("executors.docker")) == ContainerOptions(
        image="my-image",
        vcpus=2,
        gpus=1,
        memory=8,
        shared_memory=1,
        volumes=(Volume("/project/data", "/data"), Volume("/ref", "/ref")),
    )


def test_defaults() -> None:
    options = read({"image": "my-image"})
    assert (options.vcpus, options.gpus, options.memory, options.shared_memory) == (1, 0, 4, None)
    assert options.include_aws_env
    assert not options.interactive
    assert (options.user, options.network, options.pull_policy, options.entrypoint) == (
        "",
        "",
        "missing",
        None,
    )


def test_volumes_where_they_are() -> None:
    assert read({"image": "my-image", "volumes": '[[".."], "data"]'}).volumes == (
        Volume("/", "/"),
        Volume("/project/data", "/project/data"),
    )


def test_options_of_a_task_prevail() -> None:
    section = {"image": "theirs", "memory": "8", "env": '{"A": "1"}', "entrypoint": "tini --"}
    options = read(
        section, image="mine", vcpus=0.5, env={"B": 2, "C": None}, volumes=["/a:/b:ro"], entrypoint=""
    )
    assert (options.image, options.memory, options.vcpus, options.entrypoint) == ("mine", 8, 0.5, ())
    assert options.env == {"B": "2", "C": None}
    assert options.volumes == (Volume("/a", "/b", read_only=True),)


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("vcpus", "many", "must be a number, not 'many'"),
        ("memory", "0", "must be more than 0, not '0'"),
        ("memory", "nan", "must be a number, not 'nan'"),
        ("gpus", "-1", "must be a number, not '-1'"),
        ("interactive", "perhaps", "must be true or false, not 'perhaps'"),
        ("pull_policy", "sometimes", "must be one of missing, always, never, not 'sometimes'"),
        (
            "volumes",
            "[[",
            'is no JSON (Expecting value: line 1 column 3 (char 2)); write it like [["data", "/data"]]',
        ),
        (
            "volumes",
            "[7]",
            'must hold pairs like ["data", "/data"] or ["data", "/data", "ro"], not 7',
        ),
        ("volumes", '[["data", "data"]]', "must give 'data' an absolute path in the container, not 'data'"),
        ("volumes", "7", "must be a list of pairs, not 7"),
        (
            "env",
            "A=1",
            'is no JSON (Expecting value: line 1 column 1 (char 0)); write it like {"NAME": "value"}',
        ),
        ("env", '["A"]', "must be a mapping of names to values, not ['A']"),
        ("env", '{"A=B": "1"}', "names a variable 'A=B'"),
    ],
)
def test_ill_formed(option: str, value: str, problem: str) -> None:
    with pytest.raises(ExecutorError) as of_task:
        read({"image": "my-image"}, **{option: value})
    assert str(of_task.value) == f"Task ns.task: the option {option} {problem}."
    with pytest.raises(ConfigError) as of_dict:
        DockerExecutor("docker", {option: value})
    assert str(of_dict.value) == f"[executors.docker] {option} {problem}."
    config = Config()
    config.read_string(f"[executors.docker]\ntype = docker\n{option} = {value}\n", "redun.ini")
    with pytest.raises(ConfigError) as of_file:
        DockerExecutor("docker", config.section("executors.docker"))
    assert "redun.ini" in str(of_file.value)
    assert f"it {problem}" in str(of_file.value)


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("max_workers", "0", "must be a positive integer, not '0'"),
        ("max_gpus", "1.5", "must be a positive integer, not '1.5'"),
        ("max_memory", "lots", "must be a positive number, not 'lots'"),
    ],
)
def test_ill_formed_limits(option: str, value: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        DockerExecutor("docker", {option: value})
    assert str(caught.value) == f"[executors.docker] {option} {problem}."


def test_aws_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://localhost:1")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    places = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ENDPOINT_URL_S3": "http://localhost:1"}
    assert AwsCredentials().variables() == places
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert AwsCredentials().variables() == places | {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }


def test_aws_credentials_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("botocore")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "credentials").write_text("[work]\naws_access_key_id = key\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "work")
    found = AwsCredentials().variables()
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]) == ("key", "secret")


def test_where_credentials_are_not_wanted(run: Any, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from redun import task

    @task(namespace="options", script=True, executor="docker", version="1")
    def show(number: int) -> str:
        return "echo $AWS_ACCESS_KEY_ID $GREETING $(id -u):$(id -g)"

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("GREETING", "hello")
    env = json.dumps({"GREETING": None})
    assert run(show(1), env=env) == b"key hello 0:0\n"
    # The folder of the job must be open to whom the container runs as.
    assert run(show(2), env='{"GREETING": "hi"}', include_aws_env="no", user="caller") == b"hi 0:0\n"


def test_relative_paths_where_the_project_is_seen(run: Any, project: Path) -> None:
    from redun import task

    @task(namespace="options", script=True, executor="docker", version="1")
    def look(number: int) -> str:
        return "pwd; cat here.txt || true"

    (project / "here.txt").write_text("seen\n")
    assert run(look(1), volumes='[[".."]]').decode() == f"{project}\nseen\n"
    assert run(look(2)).decode() == "/\n"


def test_volumes_and_limits_in_the_container(run: Any, project: Path) -> None:
    from redun import task

    @task(
        namespace="options",
        script=True,
        executor="docker",
        version="1",
        memory=0.25,
        vcpus=0.5,
        shared_memory=0.125,
        volumes=[["data", "/data"], ["data", "/kept", "ro"]],
    )
    def look() -> str:
        return """
        cat /data/in.txt
        echo written > /data/out.txt
        if touch /kept/out.txt; then echo writable; fi
        cat /sys/fs/cgroup/memory/memory.limit_in_bytes
        cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us
        df /dev/shm | tail -1
        """

    (project / ".redun" / "data").mkdir()
    (project / ".redun" / "data" / "in.txt").write_text("there\n")
    first, memory, cpu, shm = run(look()).decode().splitlines()
    assert (first, memory, cpu) == ("there", str(1 << 28), "50000")
    assert str((1 << 27) // 1024) in shm.split()
    assert (project / ".redun" / "data" / "out.txt").read_text() == "written\n"
