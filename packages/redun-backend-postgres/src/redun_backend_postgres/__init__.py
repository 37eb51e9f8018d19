"""Records of redun in PostgreSQL; `redun_backend_postgres.recorder.PostgresRecorder` is what redun uses."""
