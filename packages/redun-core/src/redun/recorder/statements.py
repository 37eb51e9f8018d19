"""The SQL that `recorder.schema` compiles to for SQLite: written by `recorder.rendering`, not by hand.

Floor: recorder. An insert is kept in three parts, so that any number of rows fit in one statement.
"""

# ruff: noqa: E501

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CREATE", "INSERTS", "Insert"]


class Insert(NamedTuple):
    """An insert: `head`, then `row` for each row, separated by commas, then `tail`."""

    head: str
    row: str
    tail: str


CREATE: tuple[str, ...] = (
    """CREATE TABLE code (
hash BLOB NOT NULL,
text TEXT NOT NULL,
CONSTRAINT pk_code PRIMARY KEY (hash)
)""",
    """CREATE TABLE execution (
"key" INTEGER NOT NULL,
id BLOB NOT NULL,
argv TEXT NOT NULL,
task TEXT NOT NULL,
status SMALLINT NOT NULL,
started BIGINT NOT NULL,
ended BIGINT,
heartbeat BIGINT NOT NULL,
host TEXT NOT NULL,
pid INTEGER NOT NULL,
version TEXT NOT NULL,
error TEXT,
CONSTRAINT pk_execution PRIMARY KEY ("key"),
CONSTRAINT uq_execution_id UNIQUE (id)
)""",
    """CREATE INDEX ix_execution_started ON execution (started)""",
    """CREATE INDEX ix_execution_status ON execution (status) WHERE status = 0""",
    """CREATE TABLE handle (
hash BLOB NOT NULL,
fullname TEXT NOT NULL,
"key" TEXT NOT NULL,
valid SMALLINT NOT NULL,
CONSTRAINT pk_handle PRIMARY KEY (hash)
)
WITHOUT ROWID""",
    """CREATE TABLE sweep (
number INTEGER NOT NULL,
purpose TEXT NOT NULL,
host TEXT NOT NULL,
pid INTEGER NOT NULL,
started BIGINT NOT NULL,
heartbeat BIGINT NOT NULL,
marked BIGINT,
newest INTEGER,
ended BIGINT,
CONSTRAINT pk_sweep PRIMARY KEY (number)
)""",
    """CREATE TABLE tag (
entity TEXT NOT NULL,
id BLOB NOT NULL,
"key" TEXT NOT NULL,
value TEXT NOT NULL,
CONSTRAINT pk_tag PRIMARY KEY (entity, id, "key", value)
)
WITHOUT ROWID""",
    """CREATE INDEX ix_tag_key_value ON tag ("key", value)""",
    """CREATE TABLE tag_removed (
entity TEXT NOT NULL,
id BLOB NOT NULL,
"key" TEXT NOT NULL,
value TEXT NOT NULL,
removed BIGINT NOT NULL,
CONSTRAINT pk_tag_removed PRIMARY KEY (entity, id, "key", value)
)
WITHOUT ROWID""",
    """CREATE TABLE task (
"key" INTEGER NOT NULL,
hash BLOB NOT NULL,
namespace TEXT NOT NULL,
name TEXT NOT NULL,
parameters TEXT NOT NULL,
source TEXT NOT NULL,
file TEXT NOT NULL,
line INTEGER NOT NULL,
version TEXT,
CONSTRAINT pk_task PRIMARY KEY ("key"),
CONSTRAINT uq_task_hash UNIQUE (hash)
)""",
    """CREATE INDEX ix_task_name ON task (name)""",
    """CREATE TABLE task_set (
hash BLOB NOT NULL,
task_hash BLOB NOT NULL,
CONSTRAINT pk_task_set PRIMARY KEY (hash, task_hash)
)
WITHOUT ROWID""",
    """CREATE TABLE value (
hash BLOB NOT NULL,
type TEXT NOT NULL,
size BIGINT NOT NULL,
preview TEXT NOT NULL,
format SMALLINT NOT NULL,
flags SMALLINT NOT NULL,
blob BLOB,
store TEXT,
signature BLOB,
CONSTRAINT pk_value PRIMARY KEY (hash)
)""",
    """CREATE TABLE argument (
eval_hash BLOB NOT NULL,
position INTEGER NOT NULL,
name TEXT NOT NULL,
value_hash BLOB NOT NULL,
CONSTRAINT pk_argument PRIMARY KEY (eval_hash, position),
CONSTRAINT fk_argument_value_hash FOREIGN KEY(value_hash) REFERENCES value (hash)
)
WITHOUT ROWID""",
    """CREATE INDEX ix_argument_value_hash ON argument (value_hash)""",
    """CREATE TABLE attempt (
execution INTEGER NOT NULL,
number INTEGER NOT NULL,
attempt INTEGER NOT NULL,
error TEXT NOT NULL,
cause TEXT NOT NULL,
started BIGINT NOT NULL,
duration BIGINT,
CONSTRAINT pk_attempt PRIMARY KEY (execution, number, attempt),
CONSTRAINT fk_attempt_execution FOREIGN KEY(execution) REFERENCES execution ("key")
)
WITHOUT ROWID""",
    """CREATE TABLE call_node (
hash BLOB NOT NULL,
task INTEGER NOT NULL,
eval_hash BLOB NOT NULL,
value_hash BLOB NOT NULL,
task_set BLOB,
failed SMALLINT NOT NULL,
created BIGINT,
CONSTRAINT pk_call_node PRIMARY KEY (hash),
CONSTRAINT fk_call_node_task FOREIGN KEY(task) REFERENCES task ("key"),
CONSTRAINT fk_call_node_value_hash FOREIGN KEY(value_hash) REFERENCES value (hash)
)""",
    """CREATE INDEX ix_call_node_eval_hash ON call_node (eval_hash) WHERE task_set IS NOT NULL""",
    """CREATE INDEX ix_call_node_value_hash ON call_node (value_hash)""",
    """CREATE TABLE doomed (
kind SMALLINT NOT NULL,
hash BLOB NOT NULL,
sweep INTEGER NOT NULL,
CONSTRAINT pk_doomed PRIMARY KEY (kind, hash),
CONSTRAINT fk_doomed_sweep FOREIGN KEY(sweep) REFERENCES sweep (number)
)
WITHOUT ROWID""",
    """CREATE TABLE evaluation (
eval_hash BLOB NOT NULL,
value_hash BLOB NOT NULL,
CONSTRAINT pk_evaluation PRIMARY KEY (eval_hash),
CONSTRAINT fk_evaluation_value_hash FOREIGN KEY(value_hash) REFERENCES value (hash)
)
WITHOUT ROWID""",
    """CREATE TABLE file (
path TEXT NOT NULL,
value_hash BLOB NOT NULL,
CONSTRAINT pk_file PRIMARY KEY (path, value_hash),
CONSTRAINT fk_file_value_hash FOREIGN KEY(value_hash) REFERENCES value (hash)
)
WITHOUT ROWID""",
    """CREATE TABLE foreign_evaluation (
eval_hash BLOB NOT NULL,
value_hash BLOB NOT NULL,
repository TEXT NOT NULL,
CONSTRAINT pk_foreign_evaluation PRIMARY KEY (eval_hash, value_hash),
CONSTRAINT fk_foreign_evaluation_value_hash FOREIGN KEY(value_hash) REFERENCES value (hash)
)
WITHOUT ROWID""",
    """CREATE TABLE foreign_value (
hash BLOB NOT NULL,
repository TEXT NOT NULL,
format SMALLINT NOT NULL,
flags SMALLINT NOT NULL,
blob BLOB,
store TEXT,
signature BLOB,
CONSTRAINT pk_foreign_value PRIMARY KEY (hash),
CONSTRAINT fk_foreign_value_hash FOREIGN KEY(hash) REFERENCES value (hash)
)""",
    """CREATE TABLE handle_edge (
parent BLOB NOT NULL,
child BLOB NOT NULL,
CONSTRAINT pk_handle_edge PRIMARY KEY (parent, child),
CONSTRAINT fk_handle_edge_parent FOREIGN KEY(parent) REFERENCES handle (hash),
CONSTRAINT fk_handle_edge_child FOREIGN KEY(child) REFERENCES handle (hash)
)
WITHOUT ROWID""",
    """CREATE INDEX ix_handle_edge_child ON handle_edge (child)""",
    """CREATE TABLE job (
execution INTEGER NOT NULL,
number INTEGER NOT NULL,
parent INTEGER,
task INTEGER NOT NULL,
eval_hash BLOB NOT NULL,
call_hash BLOB,
status SMALLINT NOT NULL,
reason SMALLINT NOT NULL,
executor TEXT,
started BIGINT NOT NULL,
duration BIGINT,
CONSTRAINT pk_job PRIMARY KEY (execution, number),
CONSTRAINT fk_job_execution FOREIGN KEY(execution) REFERENCES execution ("key"),
CONSTRAINT fk_job_task FOREIGN KEY(task) REFERENCES task ("key")
)
WITHOUT ROWID""",
    """CREATE INDEX ix_job_call_hash ON job (call_hash)""",
    """CREATE INDEX ix_job_status ON job (status) WHERE status > 2""",
    """CREATE INDEX ix_job_task ON job (task)""",
    """CREATE INDEX ix_job_tree ON job (execution, parent, task, status)""",
    """CREATE TABLE lease (
eval_hash BLOB NOT NULL,
execution INTEGER NOT NULL,
token BIGINT NOT NULL,
taken BIGINT NOT NULL,
CONSTRAINT pk_lease PRIMARY KEY (eval_hash),
CONSTRAINT fk_lease_execution FOREIGN KEY(execution) REFERENCES execution ("key")
)
WITHOUT ROWID""",
    """CREATE INDEX ix_lease_execution ON lease (execution)""",
    """CREATE TABLE origin (
execution INTEGER NOT NULL,
repository TEXT NOT NULL,
received BIGINT NOT NULL,
CONSTRAINT pk_origin PRIMARY KEY (execution),
CONSTRAINT fk_origin_execution FOREIGN KEY(execution) REFERENCES execution ("key")
)""",
    """CREATE TABLE output (
execution INTEGER NOT NULL,
number INTEGER NOT NULL,
stream SMALLINT NOT NULL,
text TEXT NOT NULL,
dropped BIGINT NOT NULL,
CONSTRAINT pk_output PRIMARY KEY (execution, number, stream),
CONSTRAINT fk_output_execution FOREIGN KEY(execution) REFERENCES execution ("key")
)""",
    """CREATE TABLE subvalue (
parent BLOB NOT NULL,
child BLOB NOT NULL,
CONSTRAINT pk_subvalue PRIMARY KEY (parent, child),
CONSTRAINT fk_subvalue_parent FOREIGN KEY(parent) REFERENCES value (hash),
CONSTRAINT fk_subvalue_child FOREIGN KEY(child) REFERENCES value (hash)
)
WITHOUT ROWID""",
    """CREATE INDEX ix_subvalue_child ON subvalue (child)""",
    """CREATE TABLE task_part (
task INTEGER NOT NULL,
kind TEXT NOT NULL,
name TEXT NOT NULL,
digest BLOB NOT NULL,
via TEXT,
code BLOB,
CONSTRAINT pk_task_part PRIMARY KEY (task, kind, name),
CONSTRAINT fk_task_part_task FOREIGN KEY(task) REFERENCES task ("key"),
CONSTRAINT fk_task_part_code FOREIGN KEY(code) REFERENCES code (hash)
)
WITHOUT ROWID""",
    """CREATE TABLE call_edge (
parent BLOB NOT NULL,
position INTEGER NOT NULL,
child BLOB NOT NULL,
CONSTRAINT pk_call_edge PRIMARY KEY (parent, position),
CONSTRAINT fk_call_edge_parent FOREIGN KEY(parent) REFERENCES call_node (hash),
CONSTRAINT fk_call_edge_child FOREIGN KEY(child) REFERENCES call_node (hash)
)
WITHOUT ROWID""",
    """CREATE TABLE flow (
eval_hash BLOB NOT NULL,
position INTEGER NOT NULL,
source BLOB NOT NULL,
CONSTRAINT pk_flow PRIMARY KEY (eval_hash, position, source),
CONSTRAINT fk_flow_source FOREIGN KEY(source) REFERENCES call_node (hash)
)
WITHOUT ROWID""",
    """CREATE INDEX ix_flow_source ON flow (source)""",
    """CREATE TABLE foreign_call (
hash BLOB NOT NULL,
repository TEXT NOT NULL,
CONSTRAINT pk_foreign_call PRIMARY KEY (hash),
CONSTRAINT fk_foreign_call_hash FOREIGN KEY(hash) REFERENCES call_node (hash)
)
WITHOUT ROWID""",
)
"""Makes an empty database, in order."""

INSERTS: dict[str, Insert] = {
    "values": Insert(
        "INSERT INTO value (hash, type, size, preview, format, flags, blob) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "stored_values": Insert(
        "INSERT INTO value (hash, type, size, preview, format, flags, store) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "signed_values": Insert(
        "INSERT INTO value (hash, type, size, preview, format, flags, blob, signature) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?)",
        " ON CONFLICT (hash) DO UPDATE SET type = excluded.type, size = excluded.size, preview = excluded.preview, format = excluded.format, flags = excluded.flags, blob = excluded.blob, store = NULL, signature = excluded.signature WHERE excluded.signature IS NOT NULL AND (value.signature IS NULL OR value.signature != excluded.signature OR value.blob IS NULL OR value.blob != excluded.blob)",
    ),
    "signed_stored_values": Insert(
        "INSERT INTO value (hash, type, size, preview, format, flags, store, signature) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?)",
        " ON CONFLICT (hash) DO UPDATE SET type = excluded.type, size = excluded.size, preview = excluded.preview, format = excluded.format, flags = excluded.flags, blob = NULL, store = excluded.store, signature = excluded.signature WHERE excluded.signature IS NOT NULL AND (value.signature IS NULL OR value.signature != excluded.signature OR value.store IS NULL OR value.store != excluded.store)",
    ),
    "evaluations": Insert(
        "INSERT INTO evaluation (eval_hash, value_hash) VALUES ",
        "(?, ?)",
        " ON CONFLICT (eval_hash) DO UPDATE SET value_hash = excluded.value_hash",
    ),
    "arguments": Insert(
        "INSERT INTO argument (eval_hash, position, name, value_hash) VALUES ",
        "(?, ?, ?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "flows": Insert(
        "INSERT INTO flow (eval_hash, position, source) VALUES ",
        "(?, ?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "leaf_calls": Insert(
        "INSERT INTO call_node (hash, task, eval_hash, value_hash, failed) VALUES ",
        "(?, ?, ?, ?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "calls": Insert(
        "INSERT INTO call_node (hash, task, eval_hash, value_hash, task_set, failed, created) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "call_edges": Insert(
        "INSERT INTO call_edge (parent, position, child) VALUES ",
        "(?, ?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "task_sets": Insert(
        "INSERT INTO task_set (hash, task_hash) VALUES ",
        "(?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "subvalues": Insert(
        "INSERT INTO subvalue (parent, child) VALUES ",
        "(?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "files": Insert(
        "INSERT INTO file (path, value_hash) VALUES ",
        "(?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "tags": Insert(
        'INSERT INTO tag (entity, id, "key", value) VALUES ',
        "(?, ?, ?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "tasks": Insert(
        "INSERT INTO task (hash, namespace, name, parameters, source, file, line, version) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "task_parts": Insert(
        "INSERT INTO task_part (task, kind, name, digest, via, code) VALUES ",
        "(?, ?, ?, ?, ?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "codes": Insert(
        "INSERT INTO code (hash, text) VALUES ",
        "(?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "jobs": Insert(
        "INSERT INTO job (execution, number, parent, task, eval_hash, call_hash, status, reason, executor, started, duration) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?)",
        " ON CONFLICT (execution, number) DO UPDATE SET parent = excluded.parent, task = excluded.task, eval_hash = excluded.eval_hash, call_hash = excluded.call_hash, status = excluded.status, reason = excluded.reason, executor = excluded.executor, started = excluded.started, duration = excluded.duration",
    ),
    "attempts": Insert(
        "INSERT INTO attempt (execution, number, attempt, error, cause, started, duration) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?)",
        " ON CONFLICT (execution, number, attempt) DO UPDATE SET error = excluded.error, cause = excluded.cause, started = excluded.started, duration = excluded.duration",
    ),
    "outputs": Insert(
        "INSERT INTO output (execution, number, stream, text, dropped) VALUES ",
        "(?, ?, ?, ?, ?)",
        " ON CONFLICT (execution, number, stream) DO UPDATE SET text = excluded.text, dropped = excluded.dropped",
    ),
    "handles": Insert(
        'INSERT INTO handle (hash, fullname, "key", valid) VALUES ',
        "(?, ?, ?, ?)",
        ' ON CONFLICT (hash) DO UPDATE SET fullname = excluded.fullname, "key" = excluded."key", valid = excluded.valid',
    ),
    "handle_edges": Insert(
        "INSERT INTO handle_edge (parent, child) VALUES ",
        "(?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "leases": Insert(
        "INSERT INTO lease (eval_hash, execution, token, taken) VALUES ",
        "(?, ?, ?, ?)",
        " ON CONFLICT DO NOTHING",
    ),
    "executions": Insert(
        "INSERT INTO execution (id, argv, task, status, started, heartbeat, host, pid, version) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "",
    ),
}
"""By what is inserted."""
