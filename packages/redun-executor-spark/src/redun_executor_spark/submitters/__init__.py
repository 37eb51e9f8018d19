"""The ways to run a call as the driver of a Spark application."""
