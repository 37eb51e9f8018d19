-- A record of {jobs} jobs of 500 executions, of which the last has half; for tests of plans.
SET session_replication_role = replica;

CREATE FUNCTION pg_temp.h(text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT substring(sha256($1::bytea) for 20) $$;

INSERT INTO execution (key, id, argv, task, status, started, ended, heartbeat, host, pid, version)
SELECT x, substring(pg_temp.h('e' || x) for 16), '["redun"]', 'main', CASE WHEN x % 10 = 0 THEN 3 ELSE 1 END,
       t, t + 9, t + 9, 'host', 1, '1.0'
FROM generate_series(1, 500) x, LATERAL (SELECT 1700000000000000 + x * 3600000000::bigint AS t) q;

INSERT INTO task (key, hash, namespace, name, parameters, source, file, line)
SELECT k, pg_temp.h('t' || k), 'lab', 'task' || k % 50, '["x"]', 'def f(x): ...', 'f.py', k
FROM generate_series(1, 200) k;

-- Two of five are replayed, and one of a thousand failed.
INSERT INTO job (execution, number, parent, task, eval_hash, call_hash, status, reason, executor, started, duration)
SELECT x, n, CASE WHEN n > 1 THEN 1 + (n - 2) / 50 END, 1 + n % 200, pg_temp.h('v' || m),
       CASE WHEN n % 1000 > 0 THEN pg_temp.h('c' || m) END,
       CASE WHEN n % 1000 = 0 THEN 3 WHEN m % 5 < 2 THEN 2 ELSE 1 END, CASE WHEN m % 5 < 2 THEN 0 ELSE 1 END,
       'default', 1700000000000000 + x * 3600000000::bigint + n, 9
FROM generate_series(1, 500) x,
     LATERAL generate_series(1, CASE WHEN x = 500 THEN {jobs} / 2 ELSE {jobs} / 2 / 499 END) n,
     LATERAL (SELECT (x * 1009 + n) % ({jobs} / 2) AS m) q;

INSERT INTO evaluation SELECT pg_temp.h('v' || k), pg_temp.h('r' || k) FROM generate_series(0, {jobs} / 2) k;

INSERT INTO call_node (hash, task, eval_hash, value_hash, task_set, failed, created)
SELECT pg_temp.h('c' || k), 1 + k % 200, pg_temp.h('v' || k), pg_temp.h('r' || k),
       CASE WHEN k % 9 = 0 THEN pg_temp.h('s') END, 0, k
FROM generate_series(0, {jobs} / 2) k;

INSERT INTO value (hash, type, size, preview, format, flags, blob)
SELECT pg_temp.h('r' || k), 'builtins.int', 10, k, 0, 0, '\x80' FROM generate_series(0, {jobs} / 2) k;

INSERT INTO argument (eval_hash, position, name, value_hash)
SELECT pg_temp.h('v' || k), 0, 'x', pg_temp.h('r' || k * 31::bigint % ({jobs} / 2)) FROM generate_series(0, {jobs} / 2) k;

INSERT INTO flow SELECT pg_temp.h('v' || k), 0, pg_temp.h('c' || k / 2) FROM generate_series(0, {jobs} / 4) k;
INSERT INTO call_edge SELECT pg_temp.h('c' || k / 50 * 9), k % 50, pg_temp.h('c' || k) FROM generate_series(0, {jobs} / 2) k;
INSERT INTO subvalue SELECT pg_temp.h('r' || k * 2 + 1), pg_temp.h('r' || k * 2) FROM generate_series(0, {jobs} / 50) k;
INSERT INTO file SELECT '/run' || k % 100 || '/file' || k, pg_temp.h('r' || k * 2) FROM generate_series(0, {jobs} / 50) k;

INSERT INTO tag SELECT 'execution', substring(pg_temp.h('e' || x) for 16), 'project', '"p' || x % 20 || '"'
FROM generate_series(1, 500) x;
INSERT INTO tag SELECT 'job', substring(pg_temp.h('e500') for 16) || int4send(k * 10), 'plate', '"' || k % 1000 || '"'
FROM generate_series(1, {jobs} / 50) k;

INSERT INTO task_set SELECT pg_temp.h('s'), pg_temp.h('t' || k) FROM generate_series(1, 9) k;

SELECT setval(pg_get_serial_sequence('execution', 'key'), 500), setval(pg_get_serial_sequence('task', 'key'), 200);
