"""Tables of pyarrow, pandas and polars: hashed by content, without copying their buffers.

Floor: values. How a table is cut into chunks and blocks, where its buffers begin and what lies under a missing value
is no content. A module is imported when a value of its library is first met.
"""
