"""`redun docker shell`: look around where a job ran. Only the `redun` program imports this; it needs click."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from shlex import join
from typing import TYPE_CHECKING, Any

import attrs
import click
from redun.errors import ConfigError, ExecutorError
from redun.query.opening import look
from redun.recorder.ids import job_tag_id
from redun.recorder.reader_lookup import find
from redun.recorder.reader_records import JobRecord, Kind

from redun_executor_docker.container import name_of
from redun_executor_docker.environment import environment_of
from redun_executor_docker.options import ContainerOptions, read_options
from redun_executor_docker.site import Site
from redun_executor_docker.spec import container_arguments
from redun_executor_docker.terminal import Terminal
from redun_executor_docker.trace import CONTAINER, IMAGE_DIGEST, options_of_trace

if TYPE_CHECKING:
    from redun.config import Config

__all__ = ["shell"]


@attrs.frozen
class _Place:
    """Where a shell is to be opened."""

    options: ContainerOptions
    trace: Mapping[str, Any]


@click.command(
    short_help="Open a shell in the container of a job, made anew.",
    # `-.17` is a job.
    context_settings={"ignore_unknown_options": True},
)
@click.argument("job", required=False)
@click.option(
    "--executor", metavar="NAME", help="The executor, if no job is named; otherwise that of the job."
)
@click.option("--image", metavar="IMAGE", help="Another image.")
@click.option(
    "--shell", "program", metavar="PROGRAM", default="/bin/sh", show_default=True, help="The shell."
)
@click.pass_context
def shell(
    ctx: click.Context, /, job: str | None, executor: str | None, image: str | None, program: str
) -> int:
    """Open a shell in a container like that of JOB, with its image, volumes, user, network and limits.

    Of a job that failed, what was sent to it is still in the scratch folder, and the command that ran it is shown: it
    runs it again. The container is removed when the shell ends.
    """
    invocation: Any = ctx.find_root().obj
    found = None if job is None else _job(invocation, job)
    name, section = _section(invocation.config, executor or (found[0].executor if found else None))
    folder = os.path.abspath(invocation.config.configdir or os.getcwd())
    options = read_options(name, section, {}, folder)
    place = _place(options, found[1] if found else {})
    if image:
        place = attrs.evolve(place, options=attrs.evolve(place.options, image=image))
    if not place.options.image:
        raise ExecutorError(f"No image is known: say --image, or image = ... in [executors.{name}].")
    return _open(place, section.get("docker_host") or None, program)


def _job(invocation: Any, text: str) -> tuple[JobRecord, dict[str, list[Any]]]:
    with look(invocation.database, lambda: invocation.host) as reader:
        key: Any = find(reader, text, (Kind.JOB,)).key
        job = reader.job(*key)
        identity = job_tag_id(job.execution_id, job.number)
        return job, reader.tags("job", [identity]).get(identity, {})


def _section(config: Config, name: str | None) -> tuple[str, Mapping[str, Any]]:
    sections: Mapping[str, Any] = config.section("executors").sections()
    of_docker = [each for each, section in sections.items() if section.get("type") == "docker"]
    if name is None:
        if len(of_docker) > 1:
            raise ConfigError(
                f"There are several executors of containers: say --executor {' or '.join(of_docker)}."
            )
        name = of_docker[0] if of_docker else "docker"
    if name in sections and name not in of_docker:
        raise ConfigError(f"[executors.{name}] is no executor of containers on this machine (type = docker).")
    return name, sections.get(name, {})


def _place(options: ContainerOptions, tags: Mapping[str, list[Any]]) -> _Place:
    trace = tags.get(CONTAINER, [{}])[-1]
    if trace:
        options = options_of_trace(options, trace)
    digest = tags.get(IMAGE_DIGEST, [""])[-1]
    return _Place(attrs.evolve(options, image=digest or options.image), trace)


def _open(place: _Place, host: str | None, program: str) -> int:
    options = attrs.evolve(place.options, interactive=True, entrypoint=())
    site = Site(host, None)
    try:
        image = site.images.get(options.image, options.pull_policy)
        arguments = container_arguments(
            options,
            engine=site.engine,
            image=image,
            command=[program],
            environment=environment_of(options, place.trace.get("environment", {}), site.credentials),
            labels=site.labels,
            name=name_of("shell", ""),
        )
        with site.container(arguments, "shell") as container:
            if command := place.trace.get("command"):
                click.echo(f"The job ran: {join(command)}", err=True)
            with Terminal(site.engine, container.id) as terminal:
                container.start()
                terminal.relay()
            return container.wait().exit_code
    finally:
        site.close()
        sys.stdout.flush()
