"""What `spark-submit` runs; in a folder of its own, for Python looks for modules beside it."""
