"""`redun log`: look at the record.

Floor: command line. Everything here reads; previews and metadata are shown, nothing is unpickled or imported.
"""
