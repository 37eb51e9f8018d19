"""Calls that each drive an application of their own, started by `spark-submit`.

The call goes through the scratch folder to the application's main program, and its result comes back there. With the
driver on this machine, everything ends with the scheduler, however that ends.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from redun.errors import ExecutorError, JobCancelledError
from redun.executors.base import Completion
from redun.executors.remote.exchange import Exchange
from redun.filesystems.registry import scheme_of
from redun.logging import logger

from redun_executor_spark.fate import fate_of_exit
from redun_executor_spark.java import java_environment
from redun_executor_spark.logs import new_log, tail
from redun_executor_spark.masters import check_master
from redun_executor_spark.submitters.command_line import (
    check,
    command_line,
    in_cluster,
    kill_command,
    properties_of,
)
from redun_executor_spark.submitters.driving import program_arguments
from redun_executor_spark.submitters.process import SubmitProcess
from redun_executor_spark.submitters.properties import properties_file
from redun_executor_spark.traces import Traces
from redun_executor_spark.waves.runtime import runtime_archive

if TYPE_CHECKING:
    from redun.executors.remote.parcel import Parcel

    from redun_executor_spark.driver.call import DriverCall
    from redun_executor_spark.site import Site

__all__ = ["SparkSubmitSubmitter"]

_PROGRAM = Path(__file__).with_name("program") / "redun_driver.py"
_KILLING_S = 60
_OF_OTHER_SESSIONS = frozenset(
    {
        "PYSPARK_GATEWAY_PORT",
        "PYSPARK_GATEWAY_SECRET",
        "SPARK_API_MODE",
        "SPARK_CONNECT_MODE_ENABLED",
        "SPARK_LOCAL_REMOTE",
        "SPARK_REMOTE",
    }
)


class SparkSubmitSubmitter:
    """Runs calls by `spark-submit`.

    Parameters
    ----------
    site : Site
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._exchange: Exchange | None = None
        self._running: dict[DriverCall, _Submitted] = {}
        self._lock = Lock()

    def run(self, call: DriverCall) -> Completion:
        """Run an application to its end, and collect the result."""
        work, options = call.work, call.options
        task = work.task.fullname
        check(options.application, task)
        exchange = self._exchange_for(call)
        program = spark_submit()
        check_master(options.application.master)
        environment = {**_environment(), **java_environment()}
        if not call.begin():
            return Completion(work, None, None, "cancelled")
        parcel = exchange.send(work)
        log = new_log(self._site.logs)
        properties = properties_of(options, _key(call), parcel.environment)
        with properties_file(properties, _defaults(program)) as path:
            command = self._command(call, program, parcel, path)
            submitted = _Submitted(call, SubmitProcess(command, {**environment, **parcel.environment}, log))
            work.began()
            self._note(call, submitted)
            code = submitted.process.wait()
        found = submitted.process.application()
        tags = list(Traces(found).tags(address=self._site.history).items()) if found else []
        if call.ended:
            error = JobCancelledError(f"Task {task}: its Spark application was ended before its time.")
            return Completion(work, None, error, "cancelled", tags=tags)
        with self._lock:
            self._running.pop(call, None)
        completion = exchange.collect(parcel, work)
        if completion is None:
            completion = Completion(work, None, tags=tags)
        if completion.sealed is None and (completion.error is None or _was_killed(code)):
            # What a body says whose Java is gone depends on what it was doing.
            fate = fate_of_exit(code, tail(log), task=task)
            fate.error.add_note(f"All that it wrote is in {log}")
            return completion._replace(error=fate.error, cause=fate.cause)
        if completion.error is None:
            exchange.discard(parcel)
        # Its driver has told of more, but does not know of the history server.
        known = {key for key, _ in completion.tags}
        return completion._replace(tags=[*completion.tags, *(tag for tag in tags if tag[0] not in known)])

    def end(self, call: DriverCall) -> None:
        """End an application; one whose driver runs on a cluster by its id."""
        with self._lock:
            submitted = self._running.get(call)
        if submitted is None:
            return
        submitted.end()
        with self._lock:
            self._running.pop(call, None)

    def stop(self) -> None:
        """Wait until what was to end has ended: on a cluster nothing else would end it."""
        atexit.unregister(self._end_all)
        for call in self._now_running():
            if call.ended:
                self.end(call)

    def _end_all(self) -> None:
        """End what runs when this process ends without having stopped its executors."""
        for call in self._now_running():
            self.end(call)

    def _note(self, call: DriverCall, submitted: _Submitted) -> None:
        with self._lock:
            if not self._running:
                atexit.unregister(self._end_all)
                atexit.register(self._end_all)
            self._running[call] = submitted
        if call.ended:
            self.end(call)

    def _now_running(self) -> list[DriverCall]:
        with self._lock:
            return list(self._running)

    def _command(self, call: DriverCall, program: str, parcel: Parcel, properties: str) -> list[str]:
        elsewhere = in_cluster(call.options.application)
        # The end of the scheduler is that of a driver on its machine.
        worker = [parcel.url, *([] if elsewhere else ["--parent", str(os.getpid())])]
        return command_line(
            program,
            call.options,
            str(_PROGRAM),
            program_arguments(call.options, worker),
            name=call.work.task.fullname,
            properties=properties,
            runtime=runtime_archive(self._needed()) if elsewhere else None,
        )

    def _needed(self) -> Mapping[str, Any]:
        """Return what a driver elsewhere must have: the plugins, and what reaches the scratch folder."""
        assert self._site.equipment is not None
        manifest = self._site.equipment.manifest()
        reaching = manifest.get("filesystems", {}).get(scheme_of(self._site.scratch))
        return {"plugins": {**manifest.get("plugins", {}), **({} if reaching is None else {"": reaching})}}

    def _exchange_for(self, call: DriverCall) -> Exchange:
        site = self._site
        if site.equipment is None:
            raise ExecutorError(f"The executor {site.name!r} was not told of its project.")
        if in_cluster(call.options.application) and not site.section.get("scratch"):
            raise ExecutorError(
                f"Task {call.work.task.fullname}: with deploy_mode = cluster its driver runs on another machine, "
                f"so the call and its result need a folder that both reach. Set scratch in [executors.{site.name}] "
                "to a URL, such as s3://bucket/redun, or to a folder that all machines share."
            )
        with self._lock:
            if self._exchange is None:
                self._exchange = Exchange(site.scratch, site.equipment, packaging=site.section)
            return self._exchange


class _Submitted:
    """A call that has been submitted."""

    def __init__(self, call: DriverCall, process: SubmitProcess) -> None:
        self.process = process
        self._call = call
        self._lock = Lock()
        self._killed = False

    def end(self) -> None:
        """End all of it; whoever asks second waits until that is done."""
        application = self._call.options.application
        with self._lock:
            self.process.end()
            if in_cluster(application) and not self._killed:
                submitted = self.process.application()
                command = kill_command(spark_submit(), application, _key(self._call), submitted)
                if command is not None:
                    _kill(command)
                self._killed = True


def spark_submit() -> str:
    """Return the path of Spark's program: that of `SPARK_HOME`, or the one that pyspark brings.

    Raises
    ------
    ExecutorError
        There is none.
    """
    if home := os.environ.get("SPARK_HOME"):
        places = [Path(home)]
    else:
        package = importlib.util.find_spec("pyspark")
        places = [] if package is None or package.origin is None else [Path(package.origin).parent]
    for place in places:
        program = place / "bin" / "spark-submit"
        if program.exists():
            return str(program)
    where = f"SPARK_HOME is {home}, which has" if home else "The environment has"
    raise ExecutorError(
        f"{where} no bin/spark-submit. Install Spark, such as by pip install 'pyspark>=3.5', or set SPARK_HOME to the "
        "folder of one."
    )


def _environment() -> dict[str, str]:
    """Return the variables of this process without what makes pyspark use another Spark than the submitted one."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_OTHER_SESSIONS}
    return {**kept, "SPARK_CONNECT_MODE": "0"}


def _was_killed(code: int) -> bool:
    return code < 0 or code > 128


def _defaults(program: str) -> Path:
    """Return where Spark's file of defaults is, if there is one."""
    folder = os.environ.get("SPARK_CONF_DIR") or Path(program).parent.parent / "conf"
    return Path(folder) / "spark-defaults.conf"


def _key(call: DriverCall) -> str:
    return call.id.removeprefix("redun-")


def _kill(command: list[str]) -> None:
    told = " ".join(command)
    program = shutil.which(command[0])
    if program is None:
        logger.warning(
            "A Spark application goes on, for %s is not on the PATH. End it by: %s", command[0], told
        )
        return
    try:
        ended = subprocess.run(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_KILLING_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.warning("A Spark application may go on: `%s` failed: %s", told, error)
        return
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip()
        logger.warning("A Spark application may go on: `%s` failed: %s", told, said)
