"""The tables of the record, as SQLAlchemy Core metadata: one schema for every SQL database.

Floor: recorder. A normal run never imports this module: `recorder.statements` holds the SQL that these tables
compile to for SQLite, and a test keeps the two equal. Foreign keys are declared so that a database can be checked;
SQLite does not enforce them while writing.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
)
from sqlalchemy import Text as _Text

__all__ = [
    "IN_ORDER",
    "argument",
    "attempt",
    "call_edge",
    "call_node",
    "code",
    "doomed",
    "evaluation",
    "execution",
    "file",
    "flow",
    "foreign_call",
    "foreign_evaluation",
    "foreign_value",
    "handle",
    "handle_edge",
    "job",
    "lease",
    "metadata",
    "origin",
    "output",
    "subvalue",
    "sweep",
    "tag",
    "tag_removed",
    "task",
    "task_part",
    "task_set",
    "value",
]

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

Hash = LargeBinary(20)
Time = BigInteger
# Ordered by code points everywhere: paths are looked for by how they begin, and an index outlives the locales of its
# machine.
Text = _Text().with_variant(_Text(collation="C"), "postgresql")
# An index of a table that SQLite keeps in its primary key holds that key, too, and rows come in its order. Elsewhere
# the migrations add it (`migrations/versions/v1_3.py`).
IN_ORDER = {
    "ix_argument_value_hash": ("eval_hash", "position"),
    "ix_flow_source": ("eval_hash", "position"),
    "ix_handle_edge_child": ("parent",),
    "ix_job_call_hash": ("execution", "number"),
    "ix_job_status": ("execution", "number"),
    "ix_job_task": ("execution", "number"),
    "ix_job_tree": ("number",),
    "ix_subvalue_child": ("parent",),
    "ix_tag_key_value": ("entity", "id"),
}
"""By the name of an index: the columns that end it in other databases than SQLite."""

# SQLite makes a column an alias of the rowid only when its type reads exactly INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")

execution = Table(
    "execution",
    metadata,
    Column("key", Key, primary_key=True),
    Column("id", LargeBinary(16), nullable=False, unique=True),
    Column("argv", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("started", Time, nullable=False),
    Column("ended", Time),
    Column("heartbeat", Time, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("error", Text),
    Index(None, "started"),
)
# Few executions run, and each new one looks for those that died.
Index(
    "ix_execution_status",
    execution.c.status,
    sqlite_where=execution.c.status == 0,
    postgresql_where=execution.c.status == 0,
)

task = Table(
    "task",
    metadata,
    Column("key", Key, primary_key=True),
    Column("hash", Hash, nullable=False, unique=True),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("version", Text),
    Index(None, "name"),
)

# What the hash of a task version covers besides its own source: helper functions, classes, constants of the project,
# its version, what it includes. `via` is the name of the part that refers to it. Sources are texts of their own, for
# versions share most of them.
task_part = Table(
    "task_part",
    metadata,
    Column("task", Key, ForeignKey("task.key"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("digest", Hash, nullable=False),
    Column("via", Text),
    Column("code", Hash, ForeignKey("code.hash")),
    sqlite_with_rowid=False,
)

code = Table(
    "code",
    metadata,
    Column("hash", Hash, primary_key=True),
    Column("text", Text, nullable=False),
)

value = Table(
    "value",
    metadata,
    Column("hash", Hash, primary_key=True),
    Column("type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("preview", Text, nullable=False),
    Column("format", SmallInteger, nullable=False),
    Column("flags", SmallInteger, nullable=False),
    Column("blob", LargeBinary),
    Column("store", Text),
    # Which key authenticated the payload, and its code; null where no key is configured.
    Column("signature", LargeBinary),
)

subvalue = Table(
    "subvalue",
    metadata,
    Column("parent", Hash, ForeignKey("value.hash"), primary_key=True),
    Column("child", Hash, ForeignKey("value.hash"), primary_key=True),
    Index(None, "child"),
    sqlite_with_rowid=False,
)

file = Table(
    "file",
    metadata,
    Column("path", Text, primary_key=True),
    Column("value_hash", Hash, ForeignKey("value.hash"), primary_key=True),
    sqlite_with_rowid=False,
)

evaluation = Table(
    "evaluation",
    metadata,
    Column("eval_hash", Hash, primary_key=True),
    Column("value_hash", Hash, ForeignKey("value.hash"), nullable=False),
    sqlite_with_rowid=False,
)

argument = Table(
    "argument",
    metadata,
    Column("eval_hash", Hash, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("value_hash", Hash, ForeignKey("value.hash"), nullable=False),
    Index(None, "value_hash"),
    sqlite_with_rowid=False,
)

flow = Table(
    "flow",
    metadata,
    Column("eval_hash", Hash, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("source", Hash, ForeignKey("call_node.hash"), primary_key=True),
    Index(None, "source"),
    sqlite_with_rowid=False,
)

# `created` orders the calls of one eval hash; it is null where `task_set` is, for such a call made no other and is the
# evaluation itself.
call_node = Table(
    "call_node",
    metadata,
    Column("hash", Hash, primary_key=True),
    Column("task", Key, ForeignKey("task.key"), nullable=False),
    Column("eval_hash", Hash, nullable=False),
    Column("value_hash", Hash, ForeignKey("value.hash"), nullable=False),
    Column("task_set", Hash),
    Column("failed", SmallInteger, nullable=False),
    Column("created", Time),
    Index(None, "value_hash"),
)
Index(
    None,
    call_node.c.eval_hash,
    sqlite_where=call_node.c.task_set.is_not(None),
    postgresql_where=call_node.c.task_set.is_not(None),
)

call_edge = Table(
    "call_edge",
    metadata,
    Column("parent", Hash, ForeignKey("call_node.hash"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("child", Hash, ForeignKey("call_node.hash"), nullable=False),
    sqlite_with_rowid=False,
)

# `task_hash` may also be the hash of what else a result depends on, such as a context: so it refers to no table.
task_set = Table(
    "task_set",
    metadata,
    Column("hash", Hash, primary_key=True),
    Column("task_hash", Hash, primary_key=True),
    sqlite_with_rowid=False,
)

job = Table(
    "job",
    metadata,
    Column("execution", Key, ForeignKey("execution.key"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("parent", Integer),
    Column("task", Key, ForeignKey("task.key"), nullable=False),
    Column("eval_hash", Hash, nullable=False),
    Column("call_hash", Hash),
    Column("status", SmallInteger, nullable=False),
    Column("reason", SmallInteger, nullable=False),
    Column("executor", Text),
    Column("started", Time, nullable=False),
    Column("duration", BigInteger),
    Index(None, "call_hash"),
    Index(None, "task"),
    # The tree of jobs is read off it alone, group by group, and so is how many jobs of each task stand how.
    Index("ix_job_tree", "execution", "parent", "task", "status"),
    sqlite_with_rowid=False,
)
# Few jobs end badly, and these are looked for.
Index(None, job.c.status, sqlite_where=job.c.status > 2, postgresql_where=job.c.status > 2)

# Few jobs are retried, and few print: these have tables of their own, and `job` stays narrow.
attempt = Table(
    "attempt",
    metadata,
    Column("execution", Key, ForeignKey("execution.key"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("error", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("started", Time, nullable=False),
    Column("duration", BigInteger),
    sqlite_with_rowid=False,
)

# Texts of many pages: SQLite wants such rows in a table with a rowid.
output = Table(
    "output",
    metadata,
    Column("execution", Key, ForeignKey("execution.key"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("stream", SmallInteger, primary_key=True),
    Column("text", Text, nullable=False),
    Column("dropped", BigInteger, nullable=False),
)

handle = Table(
    "handle",
    metadata,
    Column("hash", Hash, primary_key=True),
    Column("fullname", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("valid", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)

handle_edge = Table(
    "handle_edge",
    metadata,
    Column("parent", Hash, ForeignKey("handle.hash"), primary_key=True),
    Column("child", Hash, ForeignKey("handle.hash"), primary_key=True),
    Index(None, "child"),
    sqlite_with_rowid=False,
)

tag = Table(
    "tag",
    metadata,
    Column("entity", Text, primary_key=True),
    Column("id", LargeBinary, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Index(None, "key", "value"),
    sqlite_with_rowid=False,
)

# Tags that somebody took away: they do not come back with what is pulled from elsewhere.
tag_removed = Table(
    "tag_removed",
    metadata,
    Column("entity", Text, primary_key=True),
    Column("id", LargeBinary, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("removed", Time, nullable=False),
    sqlite_with_rowid=False,
)

# What came from another repository is marked. Unless that is trusted, its evaluations, calls and payloads stand in
# tables of their own, where no look-up of the cache finds them.
origin = Table(
    "origin",
    metadata,
    Column("execution", Key, ForeignKey("execution.key"), primary_key=True),
    Column("repository", Text, nullable=False),
    Column("received", Time, nullable=False),
)

foreign_evaluation = Table(
    "foreign_evaluation",
    metadata,
    Column("eval_hash", Hash, primary_key=True),
    Column("value_hash", Hash, ForeignKey("value.hash"), primary_key=True),
    Column("repository", Text, nullable=False),
    sqlite_with_rowid=False,
)

foreign_call = Table(
    "foreign_call",
    metadata,
    Column("hash", Hash, ForeignKey("call_node.hash"), primary_key=True),
    Column("repository", Text, nullable=False),
    sqlite_with_rowid=False,
)

foreign_value = Table(
    "foreign_value",
    metadata,
    Column("hash", Hash, ForeignKey("value.hash"), primary_key=True),
    Column("repository", Text, nullable=False),
    Column("format", SmallInteger, nullable=False),
    Column("flags", SmallInteger, nullable=False),
    Column("blob", LargeBinary),
    Column("store", Text),
    Column("signature", LargeBinary),
)

# Rows that a collection of garbage found unreachable, by kind (`recorder.marks.Kind`). Look-ups of earlier results do
# not see them. They are deleted when no execution runs that began before they were marked; whoever records such a row
# anew, or refers to it, takes its mark away.
doomed = Table(
    "doomed",
    metadata,
    Column("kind", SmallInteger, primary_key=True),
    Column("hash", Hash, primary_key=True),
    Column("sweep", Integer, ForeignKey("sweep.number"), nullable=False),
    sqlite_with_rowid=False,
)

# Works of maintenance, one at a time: the one without an end holds the record. `marked` says when the last mark was
# set, and `newest` which execution was the newest then.
sweep = Table(
    "sweep",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Time, nullable=False),
    Column("heartbeat", Time, nullable=False),
    Column("marked", Time),
    Column("newest", Key),
    Column("ended", Time),
)

# Work in flight that other executions wait for instead of doing it too. A holder is alive while its execution gives
# signs of life; `token` grows with each taking over, so that a holder that was taken for dead can tell.
lease = Table(
    "lease",
    metadata,
    Column("eval_hash", Hash, primary_key=True),
    Column("execution", Key, ForeignKey("execution.key"), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("taken", Time, nullable=False),
    Index(None, "execution"),
    sqlite_with_rowid=False,
)
