"""Calls that leave the process: what is sent, how it comes back, and where it is left for each other.

Floor: executors. A process of this machine needs `arguments`, `outcome` and `location`; one elsewhere gets all that by
an `Exchange`, a scratch folder at any URL that a file system serves.
"""
