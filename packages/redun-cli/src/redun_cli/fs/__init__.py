"""`redun fs`: files of any file system."""
