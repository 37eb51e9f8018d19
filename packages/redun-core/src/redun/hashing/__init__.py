"""Content digests of values and code.

Floor: hashing. `digest` holds the one hash function of redun; `values` encodes Python values for it, `code`
functions.
"""

import time

IMPORTED_AT = time.time()
"""When redun was imported: code in files written later may differ from what is running."""
