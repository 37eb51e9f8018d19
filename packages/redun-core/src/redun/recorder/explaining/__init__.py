"""Why calls ran, or from where they were replayed: read off the record, running nothing of it.

Floor: recorder. A call is compared with the nearest earlier one of its task (`nearest`); what differs between the
two are causes, of code (`code`), of arguments (`arguments`) or of the earlier result (`results`). `explain` puts an
explanation together, `groups` does it for all jobs of an execution.
"""

from redun.recorder.explaining.explain import explain_job
from redun.recorder.explaining.groups import explain_execution
from redun.recorder.explaining.records import Cause, CauseKind, Explanation, Group, Match
from redun.recorder.explaining.words import words_of

__all__ = [
    "Cause",
    "CauseKind",
    "Explanation",
    "Group",
    "Match",
    "explain_execution",
    "explain_job",
    "words_of",
]
