"""What a Spark application is to be like: the executor's section, and what the task says over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs
from redun.config.section import Section
from redun.errors import ConfigError, ExecutorError, RedunError

from redun_executor_spark import parsing

__all__ = ["Application", "SparkOptions", "read_options"]

T = TypeVar("T")

SESSION, SUBMIT, CONNECT = SUBMITS = ("session", "spark-submit", "connect")

LOCAL = "local[*]"

DATASET_FORMATS = ("parquet", "avro", "csv", "json", "orc")

_STATIC_SQL = (
    "spark.sql.artifact.",
    "spark.sql.broadcastExchange.maxThreadThreshold",
    "spark.sql.catalogImplementation",
    "spark.sql.codegen.cache.",
    "spark.sql.codegen.comments",
    "spark.sql.event.",
    "spark.sql.extensions",
    "spark.sql.filesourceTableRelationCacheSize",
    "spark.sql.globalTempDatabase",
    "spark.sql.hive.metastore.",
    "spark.sql.hive.thriftServer.singleSession",
    "spark.sql.queryExecutionListeners",
    "spark.sql.sources.disabledJdbcConnProviderList",
    "spark.sql.streaming.streamingQueryListeners",
    "spark.sql.streaming.ui.",
    "spark.sql.subquery.maxThreadThreshold",
    "spark.sql.ui.",
    "spark.sql.warehouse.dir",
)
"""Properties of SQL that all sessions of an application share; it has the others for each session."""


@attrs.frozen
class Application:
    """What a Spark application is started with; calls with equal ones share it.

    Attributes
    ----------
    submit : str
        `session`: in this process. `spark-submit`: in another one, or on the cluster. `connect`: at a server.
    master : str
    deploy_mode : str
        `client` or `cluster`.
    name : str
    conf : tuple of (str, str)
        Further properties, sorted.
    packages, jars, py_files, files, archives : tuple of str
    executor_memory, driver_memory : str
        As Spark spells it; "" for Spark's own default.
    executor_cores, num_executors, driver_cores : int
        0 for Spark's own default.

    Examples
    --------
    >>> Application(executor_cores=2, master="yarn").properties()["spark.executor.cores"]
    '2'
    """

    submit: str = SESSION
    master: str = LOCAL
    deploy_mode: str = "client"
    name: str = "redun"
    conf: tuple[tuple[str, str], ...] = ()
    packages: tuple[str, ...] = ()
    jars: tuple[str, ...] = ()
    py_files: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    archives: tuple[str, ...] = ()
    executor_memory: str = ""
    executor_cores: int = 0
    num_executors: int = 0
    driver_memory: str = ""
    driver_cores: int = 0

    @property
    def server(self) -> str:
        """Address of the server of Spark Connect; "" where the application is one of this process."""
        return self.master if self.submit == CONNECT else ""

    @property
    def local(self) -> bool:
        """It has no executors beside the driver."""
        return self.master == "local" or self.master.startswith("local[")

    def properties(self) -> dict[str, str]:
        """Return all of it as Spark's properties, but for the master, the deploy mode and what is put on the workers
        (`py_files`, `files`, `archives`)."""
        found = {
            "spark.app.name": self.name,
            "spark.executor.memory": self.executor_memory,
            "spark.executor.cores": self.executor_cores,
            "spark.executor.instances": self.num_executors,
            "spark.driver.memory": self.driver_memory,
            "spark.driver.cores": self.driver_cores,
            "spark.jars.packages": ",".join(self.packages),
            "spark.jars": ",".join(self.jars),
        }
        if self.num_executors and self.executor_cores and self.master.startswith("spark://"):
            # A standalone cluster counts cores and not executors.
            found["spark.cores.max"] = self.num_executors * self.executor_cores
        return {key: str(value) for key, value in found.items() if value} | dict(self.conf)


@attrs.frozen
class SparkOptions:
    """The options of one call.

    Attributes
    ----------
    application : Application
    sql_conf : tuple of (str, str)
        Properties of its own session, sorted.
    dataset_path : str
        Folder or URL that a DataFrame in its result is written to; "" for one in the scratch folder.
    dataset_format : str
    """

    application: Application = Application()
    sql_conf: tuple[tuple[str, str], ...] = ()
    dataset_path: str = ""
    dataset_format: str = "parquet"


def read_options(
    name: str, section: Mapping[str, Any], task_options: Mapping[str, Any], folder: str, task: str = ""
) -> SparkOptions:
    """Read the options of a call.

    Parameters
    ----------
    name : str
        The executor's name.
    section : mapping
        Its section.
    task_options : mapping
        Take precedence over the section; properties are merged.
    folder : str
        What relative paths are relative to.
    task : str
        The task's name, for messages.

    Raises
    ------
    ConfigError
        An option of the section is ill-formed.
    ExecutorError
        One of the task is, or they do not go together.

    Examples
    --------
    >>> options = read_options("spark", {"executor_memory": "2"}, {"spark_conf": {"spark.task.cpus": 2}}, "/project")
    >>> options.application.master, options.application.executor_memory, options.application.conf
    ('local[*]', '', (('spark.task.cpus', '2'),))
    >>> read_options("spark", {"master": "yarn"}, {"memory": 2}, "/project").application.executor_memory
    '2g'
    """

    def failure(option: str, problem: str) -> RedunError:
        if task_options.get(option) is not None:
            return ExecutorError(f"Task {task}: the option {option} {problem}.")
        if isinstance(section, Section):
            return section.error(option, f"it {problem}")
        return ConfigError(f"[executors.{name}] {option} {problem}.")

    def parsed(option: str, given: Any, parse: Callable[[Any], T], default: T) -> T:
        if given is None or given == "":
            return default
        try:
            return parse(given)
        except ValueError as error:
            raise failure(option, str(error)) from None

    def read(options: tuple[str, ...], parse: Callable[[Any], T], default: T) -> T:
        """Read an option by one of its names, the task's own first."""
        for source in (task_options, section):
            for option in options:
                if source.get(option) not in (None, ""):
                    return parsed(option, source[option], parse, default)
        return default

    conf: dict[str, str] = {}
    for source in (section, task_options):
        conf |= parsed("spark_conf", source.get("spark_conf"), parsing.properties, conf)
    # They have options of their own, so that there is one place to look at.
    master = read(("master",), parsing.text, conf.pop("spark.master", LOCAL))
    deploy_mode = read(
        ("deploy_mode",), parsing.choice("client", "cluster"), conf.pop("spark.submit.deployMode", "client")
    )
    remote = conf.pop("spark.remote", "")
    if remote and master == LOCAL:
        master = remote
    submit = read(("submit",), parsing.choice(*SUBMITS), CONNECT if master.startswith("sc://") else SESSION)
    if (submit == CONNECT) != master.startswith("sc://"):
        problem = (
            f"is connect, which needs the address of a server, master = sc://HOST:PORT, not {master!r}"
            if submit == CONNECT
            else f"is {submit}, but the master {master} is a server of Spark Connect: leave submit out"
        )
        raise failure("submit", problem)
    if deploy_mode == "cluster" and submit != SUBMIT:
        raise failure("deploy_mode", f"is cluster, which needs submit = spark-submit, not {submit}")
    files = parsing.paths(folder)
    application = Application(
        submit=submit,
        master=master,
        deploy_mode=deploy_mode,
        name=read(("app_name",), parsing.text, conf.pop("spark.app.name", "redun")),
        conf=tuple(sorted((key, value) for key, value in conf.items() if not _of_session(key))),
        packages=read(("packages",), parsing.words, ()),
        jars=read(("jars",), files, ()),
        py_files=read(("py_files", "extra_py_files"), files, ()),
        files=read(("files", "extra_files"), files, ()),
        archives=read(("archives",), files, ()),
        executor_memory=read(("executor_memory", "memory"), parsing.amount_of_memory, ""),
        executor_cores=read(("executor_cores", "vcpus"), parsing.cores, 0),
        num_executors=read(("num_executors", "workers"), parsing.count, 0),
        driver_memory=read(("driver_memory",), parsing.amount_of_memory, ""),
        driver_cores=read(("driver_cores",), parsing.count, 0),
    )
    if application.local or application.server:
        # There they would change nothing but whether calls share an application.
        application = attrs.evolve(
            application, executor_memory="", executor_cores=0, num_executors=0, driver_cores=0
        )
    return SparkOptions(
        application=application,
        sql_conf=tuple(sorted((key, value) for key, value in conf.items() if _of_session(key))),
        dataset_path=read(("dataset_path",), parsing.text, ""),
        dataset_format=read(("dataset_format",), parsing.choice(*DATASET_FORMATS), "parquet"),
    )


def _of_session(key: str) -> bool:
    return key.startswith("spark.sql.") and not key.startswith(_STATIC_SQL)
