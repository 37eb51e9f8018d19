"""The suite that every recorder must pass.

Floor: composition.
"""

from __future__ import annotations

from redun.testing.recorders.executions import Executions
from redun.testing.recorders.leases import LeasesOfRecords
from redun.testing.recorders.lookups import LookUps
from redun.testing.recorders.payloads import Payloads
from redun.testing.recorders.sharing import Sharing
from redun.testing.recorders.signatures import Signatures
from redun.testing.recorders.workflows import Workflows
from redun.testing.recorders.writing import Writing

__all__ = ["RecorderConformance"]


class RecorderConformance(
    Executions, Writing, LookUps, Payloads, Signatures, Sharing, LeasesOfRecords, Workflows
):
    """What a recorder owes to executions. Subclass it in a test module and say where there is an empty record.

    Attributes
    ----------
    shared : bool
        Any number of recorders, of several processes too, may use one record at a time.
    looks : bool
        It has a `reader` (`redun.recorder.reader.Reader`), which looks at what it recorded. Without one little can be
        seen of what was written, and the tests that would look are skipped.
    patience_s : float
        Seconds to wait for what must happen at once; only a test that fails takes as long.

    Examples
    --------
    .. code-block:: python

        from redun.testing import RecorderConformance


        class TestClusterRecorder(RecorderConformance):
            @pytest.fixture
            def section(self, cluster):
                return {"db_uri": f"cluster://{cluster.address}/{cluster.new_database()}"}
    """
