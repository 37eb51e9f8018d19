"""`redun report`: an execution as one page."""
