"""How the recorder under test is opened and looked at.

Floor: composition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from redun.host.host import Host
from redun.recorder.interface import Recorder
from redun.recorder.reader import Reader
from redun.testing.conformance import Conformance
from redun.testing.recording import opened

__all__ = ["OpenRecorder", "Suite"]

OpenRecorder = Callable[[], Recorder]


class Suite(Conformance):
    """What the parts of the suite have in common; see `RecorderConformance` for the switches."""

    shared: ClassVar[bool] = True
    looks: ClassVar[bool] = True
    patience_s: ClassVar[float] = 60.0

    # What a subclass supplies.

    @pytest.fixture
    def section(self) -> Mapping[str, Any]:
        """Return the options of the section `[backend]`: those that name a record which is empty, new for each test."""
        raise NotImplementedError(
            "Give your subclass a fixture `section`: the options that name an empty record."
        )

    @pytest.fixture
    def host(self) -> Host | None:
        """Return the host that knows the recorder; None for the plugins that are installed."""
        return None

    # How it is used.

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """Return the folder of the configuration."""
        return tmp_path

    @pytest.fixture
    def open_recorder(
        self, section: Mapping[str, Any], host: Host | None, folder: Path
    ) -> Iterator[OpenRecorder]:
        """Return a function that opens recorders of one record; they are closed at the end."""
        made: list[Recorder] = []

        def make() -> Recorder:
            made.append(opened(section, folder, host))
            return made[-1]

        yield make
        for one in made:
            one.close()

    @pytest.fixture
    def recorder(self, open_recorder: OpenRecorder) -> Recorder:
        """Return a recorder of an empty record."""
        return open_recorder()

    @pytest.fixture
    def reader(self, recorder: Recorder) -> Reader:
        """Return what looks at the record of `recorder`."""
        if not self.looks:
            pytest.skip("what it recorded cannot be looked at")
        return recorder.reader  # type: ignore[attr-defined, no-any-return]

    @pytest.fixture
    def another(self, recorder: Recorder, open_recorder: OpenRecorder) -> Recorder:
        """Return another recorder of the same record."""
        if not self.shared:
            pytest.skip("a record has one recorder")
        return open_recorder()
