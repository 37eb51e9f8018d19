"""`redun why`: why jobs ran, or from where their results came.

Floor: command line.
"""
