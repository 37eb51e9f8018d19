"""`redun tag`: what is tagged with what, and changing it."""
