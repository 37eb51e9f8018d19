"""Questions to the record, in Python: nothing is run, and nothing can be changed.

Floor: library. `redun.query.orm` has the classes of SQLAlchemy over the same tables.
"""
