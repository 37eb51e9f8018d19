"""`redun repl`: Python with the record at hand.

Floor: command line.
"""
