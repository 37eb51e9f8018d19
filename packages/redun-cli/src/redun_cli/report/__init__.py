"""What `redun run` writes to stderr while a workflow runs: lines, table, failure."""
