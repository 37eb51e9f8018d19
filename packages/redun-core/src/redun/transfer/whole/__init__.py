"""A whole record, row by row, into a database of any kind.

Floor: transfer. `tables` knows what is copied and how rows are told apart, `pages` reads a table of either side in
bounded pieces, `payloads` brings large values along, `copying` writes what the target lacks and then compares both
sides.
"""
