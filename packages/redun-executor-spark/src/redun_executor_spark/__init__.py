"""Apache Spark as an executor of redun, found by `type = spark` in a section `[executors.NAME]`."""
