"""Where workflows of redun 0.44 look for the record.

Floor: library. Nothing lives here: the record is written by `redun.recorder` and questioned through `redun.query`.
"""
