"""`redun run`: load a workflow, read the task's arguments, run it, report."""
