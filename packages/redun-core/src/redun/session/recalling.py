"""The call of a recorded job, so that it can be made again.

Floor: composition.
"""

from __future__ import annotations

from collections.abc import Container
from contextlib import closing
from inspect import Signature
from typing import TYPE_CHECKING, Any

import attrs

from redun.errors import ArgumentError, RecordNotFoundError, ValueFailure
from redun.query.opening import look
from redun.recorder.reader_lookup import find
from redun.recorder.reader_records import Kind
from redun.session.scheduler import Scheduler
from redun.task.signature import ESCAPE
from redun.value.codes import ValueFlag
from redun.value.seal import unseal

if TYPE_CHECKING:
    from redun.config import Config
    from redun.host.host import Host
    from redun.recorder.reader_records import ArgumentRecord

__all__ = ["RecordedCall", "recall"]


@attrs.frozen
class RecordedCall:
    """What is recorded of a call.

    Attributes
    ----------
    job : str
        Short id of the job.
    task : str
        Full name of the task, whatever code it had.
    """

    job: str
    task: str
    _arguments: tuple[ArgumentRecord, ...]
    _config: Config
    _host: Host | None

    def parameters(self, signature: Signature) -> dict[str, list[ArgumentRecord]]:
        """Return which arguments were given to each parameter of a signature.

        Raises
        ------
        ArgumentError
            One was given to a parameter that is no longer there.
        """
        found: dict[str, list[ArgumentRecord]] = {}
        for argument in self._arguments:
            found.setdefault(_parameter(self, signature, argument.name), []).append(argument)
        return found

    def arguments(self, signature: Signature, without: Container[str] = ()) -> dict[str, Any]:
        """Read the values of the arguments, by parameter; those of ``*args`` as a list, of ``**kwargs`` as a dict.

        Parameters
        ----------
        signature : Signature
            Of the task as it is now.
        without : container of str
            Parameters to leave out.

        Raises
        ------
        ArgumentError
            A value cannot be read, or was given to a parameter that is no longer there.
        """
        wanted = {name: given for name, given in self.parameters(signature).items() if name not in without}
        values: dict[str, Any] = {}
        with closing(Scheduler(self._config, host=self._host)) as scheduler:
            for name, given in wanted.items():
                kind = signature.parameters[name].kind
                read = [self._read(scheduler, argument) for argument in given]
                if kind is kind.VAR_POSITIONAL:
                    values[name] = read
                elif kind is kind.VAR_KEYWORD:
                    keys = [argument.name.removeprefix(ESCAPE) for argument in given]
                    values[name] = dict(zip(keys, read, strict=True))
                else:
                    (values[name],) = read
        return values

    def _read(self, scheduler: Scheduler, argument: ArgumentRecord) -> Any:
        if argument.value.flags & ValueFlag.SECRET:
            raise ArgumentError(
                f"the argument {argument.name!r} of job {self.job} is a secret, or holds one, and was not kept. "
                "Give it again."
            )
        try:
            payload_format = int(argument.value.format)
            return unseal(scheduler.recorder.load(argument.value.hash, payload_format), payload_format)
        except ValueFailure as error:
            raise ArgumentError(
                f"the argument {argument.name!r} of job {self.job} cannot be read back: {error}. Give another."
            ) from error


def recall(config: Config, text: str, host: Host | None = None) -> RecordedCall:
    """Look up the call of a job, or of the first job of an execution.

    Parameters
    ----------
    config : Config
        Names the record.
    text : str
        An id or its prefix, `-` for the last execution, `~2` for the one before it, `-.17` for a job.
    host : Host, optional
        Opens the record when values are read.

    Raises
    ------
    RecorderError
        There is no such job, or no record.
    """
    with look(config, None if host is None else lambda: host) as reader:
        found = find(reader, text, (Kind.EXECUTION, Kind.JOB))
        if isinstance(found.key, tuple):
            job = reader.job(*found.key)
        else:
            execution = reader.execution_of_id(bytes.fromhex(found.id))
            jobs = reader.jobs(execution.key, 1)
            if not jobs:
                raise RecordNotFoundError(f"execution {found.id} made no call")
            job = jobs[0]
        arguments = reader.arguments([job.eval_hash]).get(job.eval_hash, ())
    return RecordedCall(job.id, job.task, arguments, config, host)


def _parameter(call: RecordedCall, signature: Signature, name: str) -> str:
    """Return the parameter of an argument: `xs[0]` was given to ``*xs``, what no other takes to ``**kwargs``."""
    if name in signature.parameters:
        return name
    wanted = name.rpartition("[")[0] if name.endswith("]") and not name.startswith(ESCAPE) else None
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD and wanted is None:
            return parameter.name
        if parameter.kind is parameter.VAR_POSITIONAL and wanted == parameter.name:
            return parameter.name
    takes = ", ".join(signature.parameters) or "nothing"
    raise ArgumentError(
        f"job {call.job} gave {call.task} the argument {name!r}, which it no longer takes; it takes: {takes}"
    )
