"""Content digests of values and code.

Floor: hashing. `digest` holds the one hash function of redun; `values` encodes Python values for it, `code`
functions.
"""
