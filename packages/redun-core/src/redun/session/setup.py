"""The hook `[scheduler] setup_scheduler`: a function of the project that makes the scheduler.

Floor: composition.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import attrs

from redun.config import Config
from redun.errors import ConfigError, RedunError
from redun.session.scheduler import Scheduler

if TYPE_CHECKING:
    from redun.config import Section
    from redun.host.host import Host
    from redun.scheduler.events import Observer

__all__ = ["SetupParameter", "make_scheduler", "setup_parameters"]

_OPTION = "setup_scheduler"
_WORDS = {"int": "a whole number", "float": "a number", "bool": "true or false"}
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@attrs.frozen
class SetupParameter:
    """What the hook takes beside the configuration.

    Attributes
    ----------
    name : str
    type : str
        As annotated; empty when it is not.
    required : bool
    default : object
    """

    name: str
    type: str
    required: bool
    default: Any


def make_scheduler(
    config: Config,
    arguments: Mapping[str, Any] | None = None,
    *,
    host: Host | None = None,
    observers: Sequence[Observer] = (),
) -> Scheduler:
    """Make the scheduler of a configuration: by the function that `setup_scheduler` names, if there is one.

    Parameters
    ----------
    config : Config
    arguments : mapping, optional
        What else the function is called with; texts become numbers or truth values where it is annotated so.
    host : Host, optional
        For a scheduler that no function makes.
    observers : sequence of Observer

    Raises
    ------
    ConfigError
        There is no such function, or it does not take these arguments, fails, or returns no scheduler.
    """
    section = config.section("scheduler")
    given = dict(arguments or {})
    text = section.get_str(_OPTION)
    if text is None:
        if given:
            raise ConfigError(
                f"section [scheduler] names no {_OPTION}, which would take the arguments {', '.join(sorted(given))}"
            )
        return Scheduler(config, host=host, observers=observers)
    func = _load(config, section, text)
    known = {parameter.name: parameter for parameter in _parameters(func)}
    unknown = sorted(set(given) - set(known))
    if unknown:
        takes = ", ".join(known) or "none"
        raise section.error(_OPTION, f"{text} takes no argument {', '.join(unknown)}; it takes: {takes}")
    missing = [name for name, parameter in known.items() if parameter.required and name not in given]
    if missing:
        raise section.error(_OPTION, f"{text} also wants the arguments {', '.join(missing)}")
    converted = {name: _converted(section, text, known[name], value) for name, value in given.items()}
    try:
        scheduler = func(config, **converted)
    except RedunError:
        raise
    except Exception as error:
        raise section.error(_OPTION, f"{text} raised {type(error).__name__}: {error}") from error
    if not isinstance(scheduler, Scheduler):
        raise section.error(_OPTION, f"{text} must return a Scheduler, not {scheduler!r}")
    for observer in observers:
        scheduler.add_observer(observer)
    return scheduler


def setup_parameters(config: Config) -> list[SetupParameter]:
    """Return what the function that `setup_scheduler` names takes beside the configuration; nothing without one.

    Raises
    ------
    ConfigError
        There is no such function.
    """
    section = config.section("scheduler")
    text = section.get_str(_OPTION)
    return [] if text is None else _parameters(_load(config, section, text))


def _parameters(func: Callable[..., Any]) -> list[SetupParameter]:
    import inspect

    found = []
    for index, parameter in enumerate(inspect.signature(func).parameters.values()):
        if index == 0 or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        required = parameter.default is parameter.empty
        annotation = parameter.annotation
        if annotation is parameter.empty:
            kind = "" if required or parameter.default is None else type(parameter.default).__name__
        else:
            kind = (
                annotation
                if isinstance(annotation, str)
                else getattr(annotation, "__name__", str(annotation))
            )
        found.append(SetupParameter(parameter.name, kind, required, None if required else parameter.default))
    return found


def _converted(section: Section, text: str, parameter: SetupParameter, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    kinds: dict[str, Callable[[str], Any]] = {
        "int": int,
        "float": float,
        "bool": lambda word: _TRUTH[word.lower()],
    }
    # An optional value is annotated as such: `int | None`.
    kind = parameter.type.replace("Optional[", "").replace("]", "").split("|")[0].strip()
    try:
        return kinds.get(kind, str)(value)
    except (ValueError, KeyError):
        raise section.error(
            _OPTION, f"{text}: {parameter.name} must be {_WORDS[kind]}, not {value!r}"
        ) from None


def _load(config: Config, section: Section, text: str) -> Callable[..., Any]:
    target, separator, name = text.partition("::")
    if not (target and separator and name):
        raise section.error(_OPTION, f"{text!r} is not of the form file.py::function or module::function")
    try:
        module = _module(_folders(config), target)
    except RedunError:
        raise
    except Exception as error:
        raise section.error(_OPTION, f"{target} cannot be loaded: {type(error).__name__}: {error}") from error
    if module is None:
        looked = ", ".join(str(folder) for folder in _folders(config))
        raise section.error(_OPTION, f"there is no file {target} in {looked}")
    func = getattr(module, name, None)
    if not callable(func):
        raise section.error(_OPTION, f"{target} defines no function {name!r}")
    return func  # type: ignore[no-any-return]


def _folders(config: Config) -> list[Path]:
    """Return where the hook is looked for: beside the configuration, in the project that holds it, here."""
    folders = [Path.cwd()]
    if config.configdir is not None:
        folder = config.configdir.absolute()
        folders = [folder, folder.parent, *folders]
    return list(dict.fromkeys(folders))


def _module(folders: Sequence[Path], target: str) -> ModuleType | None:
    if not target.endswith(".py"):
        sys.path[:0] = [str(folder) for folder in folders if str(folder) not in sys.path]
        return import_module(target)
    for folder in folders:
        path = (folder / Path(target).expanduser()).resolve()
        if path.is_file():
            return _module_of(path)
    return None


def _module_of(path: Path) -> ModuleType:
    # A workflow that holds the hook as well is not run twice.
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == str(path):
            return module
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    name = f"redun_setup_{path.stem.replace('.', '_')}"
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
