"""`redun launch`: a command, such as a whole workflow, run on an executor."""
