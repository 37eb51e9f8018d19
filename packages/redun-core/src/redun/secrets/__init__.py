"""Secrets of an execution: which they are, how they are hashed, and that nothing that is kept or shown holds them.

Floor: secrets. Nothing here is touched by an execution of which nobody wrote `Secret` or a section `[secrets]`.
"""
