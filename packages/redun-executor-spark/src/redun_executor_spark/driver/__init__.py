"""Tasks that drive a Spark application."""
