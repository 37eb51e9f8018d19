"""Where the configuration is: find its folder, load it, write the default one.

Floor: ground.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from redun.config.tree import Config
from redun.errors import ConfigError

__all__ = ["CONFIG_FILE", "find_config_dir", "init_config", "load_config"]

CONFIG_FILE = "redun.ini"
_CONFIG_DIR = ".redun"

_DEFAULT_TEXT = """\
# Configuration of redun. Relative paths refer to the folder of this file.
# ${name} is an option of the same section or an environment variable, ${section:name} an option of another
# section, $$ a dollar sign.

[backend]
# Where executions, calls and values are recorded.
db_uri = sqlite:///redun.db

[executors.default]
# Where tasks run that name no executor: threads of this process.
type = local
max_workers = 20

# Others are supplied by plugins (`redun plugins` lists them) and named in `@task(executor="batch")`.
#
# [executors.batch]
# type = aws_batch
# image = 123456789012.dkr.ecr.eu-central-1.amazonaws.com/workflow
# queue = my-queue
# s3_scratch = s3://my-bucket/redun/
"""


def find_config_dir(
    explicit: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
) -> Path:
    """Return the folder of the configuration, which need not exist.

    It is `explicit`; else what `REDUN_CONFIG` says; else the nearest folder `.redun` in `cwd` or above;
    else `.redun` in `cwd`.

    Parameters
    ----------
    explicit : path, optional
        What the user asked for.
    environ : mapping of str to str, optional
        The environment; that of the process by default.
    cwd : path, optional
        Where to begin; the current folder by default.

    Returns
    -------
    Path
        An absolute path.

    Examples
    --------
    >>> str(find_config_dir(environ={"REDUN_CONFIG": "settings"}, cwd="/project"))
    '/project/settings'
    """
    start = Path.cwd() if cwd is None else Path(cwd).absolute()
    chosen = explicit or (os.environ if environ is None else environ).get("REDUN_CONFIG")
    if chosen:
        return start / Path(chosen).expanduser()
    for folder in (start, *start.parents):
        if (folder / _CONFIG_DIR).is_dir():
            return folder / _CONFIG_DIR
    return start / _CONFIG_DIR


def load_config(config_dir: str | os.PathLike[str], *, environ: Mapping[str, str] | None = None) -> Config:
    """Return the configuration in a folder; the default one when it has no `redun.ini`.

    Raises
    ------
    ConfigError
        The file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> load_config(tempfile.mkdtemp())["executors"]["default"]["type"]
    'local'
    """
    folder = Path(config_dir).absolute()
    config = Config(configdir=folder, environ=environ)
    path = folder / CONFIG_FILE
    if os.path.lexists(path):
        config.read_path(path)
    else:
        config.read_string(_DEFAULT_TEXT, "<default configuration>")
    return config


def init_config(config_dir: str | os.PathLike[str]) -> Path:
    """Write the default `redun.ini` into a folder, which is created; an existing file is left alone.

    The file may come to hold credentials, so only its owner may read it. It appears whole: a process that
    starts at the same moment sees either no file or all of it.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ConfigError
        The folder or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> init_config(f"{tempfile.mkdtemp()}/.redun").name
    'redun.ini'
    """
    folder = Path(config_dir).absolute()
    path = folder / CONFIG_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(path):
            _write_whole(path, _DEFAULT_TEXT)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error
    return path


def _write_whole(path: Path, text: str) -> None:
    import tempfile

    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        # Unlike a rename, a link never replaces the file that another process has written meanwhile.
        os.link(temporary, path)
    except FileExistsError:
        pass
    except OSError:
        # Some network file systems have no links.
        if os.path.lexists(path):
            return
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
