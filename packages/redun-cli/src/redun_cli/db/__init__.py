"""`redun db`: looking after the record."""
