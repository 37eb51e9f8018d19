"""Looking after a record: what to keep, whether it is whole, its copies and its versions.

Floor: retention. Nothing of a run imports it.

Why a collection is safe beside runs
------------------------------------
Executions that have ended are removed; then evaluations, calls, values, tasks … that no kept execution leads to. Only
the second is a risk: rows are content-addressed, a run that goes on may come to refer to a row that nothing leads to
now. A row goes in three steps.

1. *Mark.* In a snapshot, everything unreachable is found and then marked in `doomed`. Look-ups of earlier results do
   not see marked rows. What was recorded between the snapshot and the last mark may refer to what was marked: in a
   second snapshot, what is reachable by then loses its mark, and so does all that unmarked rows refer to. From then on
   no row without a mark refers to one with a mark; the newest execution of that moment is noted.
2. *Wait.* Marked rows are deleted only when every execution that began before that moment has ended. One that began
   later has never seen them, for an execution is recorded before its first look-up. One that began before may have
   seen such a row and hold it in memory, whatever caches it has: it is waited for.
3. *Sweep.* What the older executions came to refer to has lost its mark by then, for whoever commits a reference takes
   the mark away, with all marks below. The rest, if a snapshot taken after those executions ended does not reach it
   either, is deleted in short transactions.

A younger execution may also record such a row itself, for it computes the same. Whoever records a row, or one that
refers to it, takes its mark away in the same transaction, and the marks of all that it refers to (`recorder.marks`).
So a row without a mark never refers to a row that may be deleted, and both sides decide under the database's lock.

What remains, and how it is met:

* *An execution that seems dead and is not.* On its own host the process tells, elsewhere the heartbeat. One that is
  taken for dead is noted as such before the second snapshot; should it wake, its next transaction fails and says why.
* *Keys.* SQLite gives the keys of deleted rows away again. Executions get keys that none had, and a writer forgets
  the keys of tasks when a collection has been at work.
* *Files of the value store.* A writer that finds a file does not write it again. It looks again in the transaction of
  the row, and a collection moves files aside in the transaction that deletes their rows.
* *Staged rows* count as reachable.
* *Runs without a record* (`prov=False`, dry runs) find a value or do not find it; then the task runs.
* *A second collection* is refused by a row in `sweep`; each transaction checks that the row is still the newest.
* *A collection that was killed* leaves rows that are marked or unmarked, never a reference that leads nowhere,
  because rows go before what they refer to. It may have taken away the mark of a row and not yet the marks below: the
  next one therefore takes all marks that it finds for its own, as old as itself.
"""

from __future__ import annotations
