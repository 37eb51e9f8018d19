"""`redun diff`: what differs between two executions.

Floor: command line.
"""
