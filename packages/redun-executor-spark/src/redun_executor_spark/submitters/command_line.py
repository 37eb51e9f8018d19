"""The command line by which `spark-submit` starts an application that runs one call. Pure: options in, words out."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from redun.errors import ExecutorError

from redun_executor_spark.options import Application

if TYPE_CHECKING:
    from redun_executor_spark.options import SparkOptions

__all__ = ["check", "command_line", "in_cluster", "kill_command", "pod_of", "properties_of"]

_UPLOADS = "spark.kubernetes.file.upload.path"
_POD = "spark.kubernetes.driver.pod.name"
_DRIVER_PYTHON = "spark.pyspark.driver.python"
_PYTHON = "spark.pyspark.python"


def in_cluster(application: Application) -> bool:
    """Tell whether the application's driver runs somewhere else than on this machine."""
    return application.deploy_mode == "cluster"


def check(application: Application, task: str) -> None:
    """Refuse what Spark cannot do, before anything is started.

    Raises
    ------
    ExecutorError
        The message says what to set instead.
    """
    master, conf = application.master, dict(application.conf)
    if not in_cluster(application):
        return
    if application.local:
        raise ExecutorError(
            f"Task {task}: with master = {master} there is no cluster that a driver could run on; leave "
            "deploy_mode = cluster out, or name the master of a cluster."
        )
    if master.startswith("spark://"):
        raise ExecutorError(
            f"Task {task}: Spark's standalone clusters ({master}) run no drivers in Python; leave "
            "deploy_mode = cluster out, so that the driver runs on this machine and its work on the cluster."
        )
    if master.startswith("k8s://") and _UPLOADS not in conf:
        raise ExecutorError(
            f"Task {task}: a driver on Kubernetes needs {_UPLOADS}, a folder such as s3a://bucket/uploads that "
            "Spark puts the program into. Set it in spark_conf."
        )


def command_line(
    spark_submit: str,
    options: SparkOptions,
    program: str,
    arguments: Sequence[str],
    *,
    name: str,
    properties: str,
    runtime: str | None = None,
) -> list[str]:
    """Return the command.

    Parameters
    ----------
    spark_submit : str
        Path of Spark's program.
    options : SparkOptions
    program : str
        Path of the application's main program, in Python.
    arguments : sequence of str
        What the program is given.
    name : str
        What Spark calls the application, unless the options name it.
    properties : str
        Path of a file of Spark's properties.
    runtime : str, optional
        Archive of the packages that the program needs, where they are not installed.

    Examples
    --------
    >>> from redun_executor_spark.options import Application, SparkOptions
    >>> options = SparkOptions(Application(master="yarn", deploy_mode="cluster", executor_memory="4g"))
    >>> print(*command_line("spark-submit", options, "main.py", ["URL"], name="flow.count", properties="p.conf"))
    spark-submit --master yarn --deploy-mode cluster --name flow.count --properties-file p.conf main.py URL
    """
    application = options.application
    own = application.properties().get("spark.app.name", "")
    if own and own != Application().name:
        name = own
    lists = {
        "--py-files": (*([runtime] if runtime else []), *application.py_files),
        "--files": application.files,
        "--archives": application.archives,
    }
    words = [
        spark_submit,
        "--master",
        application.master,
        "--deploy-mode",
        application.deploy_mode,
        "--name",
        name,
    ]
    words += [word for option, paths in lists.items() if paths for word in (option, ",".join(paths))]
    return [*words, "--properties-file", properties, program, *arguments]


def properties_of(
    options: SparkOptions, key: str, environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return Spark's properties for an application, but for its name.

    Parameters
    ----------
    options : SparkOptions
    key : str
        Letters and digits by which the application is found again.
    environment : mapping, optional
        Variables that a driver elsewhere needs; one of this machine inherits them.

    Examples
    --------
    >>> from redun_executor_spark.options import Application, SparkOptions
    >>> options = SparkOptions(Application(master="yarn", deploy_mode="cluster", executor_memory="4g"))
    >>> properties_of(options, "3f2a")
    {'spark.executor.memory': '4g', 'spark.yarn.tags': 'redun-3f2a'}
    """
    application = options.application
    conf = {**application.properties(), **dict(options.sql_conf)}
    conf.pop("spark.app.name", None)
    if not in_cluster(application):
        # The driver needs what is installed here; the workers of a cluster have a Python of their own.
        conf.setdefault(_DRIVER_PYTHON, conf.get(_PYTHON, sys.executable))
        if application.local:
            conf.setdefault(_PYTHON, sys.executable)
            conf.setdefault("spark.driver.host", "127.0.0.1")
            conf.setdefault("spark.driver.bindAddress", "127.0.0.1")
    elif application.master.startswith("k8s://"):
        conf.setdefault(_POD, pod_of(application, key))
        conf |= {f"spark.kubernetes.driverEnv.{name}": value for name, value in (environment or {}).items()}
    else:
        tags = conf.get("spark.yarn.tags")
        conf["spark.yarn.tags"] = f"{tags},redun-{key}" if tags else f"redun-{key}"
        conf |= {f"spark.yarn.appMasterEnv.{name}": value for name, value in (environment or {}).items()}
    return conf


def kill_command(spark_submit: str, application: Application, key: str, submitted: str) -> list[str] | None:
    """Return the command that ends an application whose driver runs on a cluster; None if it is not known to be there.

    Parameters
    ----------
    spark_submit : str
    application : Application
    key : str
        As it was given to `properties_of`.
    submitted : str
        The application's id, as far as it is known.

    Examples
    --------
    >>> from redun_executor_spark.options import Application
    >>> application = Application(master="k8s://https://api:6443", deploy_mode="cluster")
    >>> print(*kill_command("spark-submit", application, "3f2a", ""))
    spark-submit --master k8s://https://api:6443 --kill default:redun-3f2a-driver
    """
    if application.master.startswith("k8s://"):
        namespace = dict(application.conf).get("spark.kubernetes.namespace", "default")
        return [
            spark_submit,
            "--master",
            application.master,
            "--kill",
            f"{namespace}:{pod_of(application, key)}",
        ]
    return ["yarn", "application", "-kill", submitted] if submitted else None


def pod_of(application: Application, key: str) -> str:
    """Return the name of the pod of a driver on Kubernetes."""
    return dict(application.conf).get(_POD, f"redun-{key}-driver")
