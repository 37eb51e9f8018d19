"""The redun command."""
