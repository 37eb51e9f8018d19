"""Records that go from one repository to another: read, checked, put aside, and then merged.

Floor: transfer. `reading` makes records of a database, `lines` of a file; `checking` refuses what contradicts itself;
`staging` puts records aside in a database of their own, beside the one they are for; `references` refuses what does not
hang together; `merging` takes it over, a bounded step at a time.
"""
