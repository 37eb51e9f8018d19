"""`python -m redun.worker`: runs calls that a scheduler left in a scratch folder; see `docs/worker.md`.

Floor: composition. Two processes: one runs the bodies of tasks and may end in any way; the one that started it watches
it, passes on what it prints, and says what became of it. So a body that crashes, holds the interpreter's lock or uses
up the memory is told of like any other.
"""
