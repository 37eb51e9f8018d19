"""redun: workflows in plain Python."""
