"""Many ordinary calls on the workers of a Spark cluster: each wave of them becomes partitions of one Spark job.

The parts: `lane` takes calls, a `crew` for each application plans jobs of them (`sizing`, `orders`), a `carrier` brings
these to Spark and their outcomes back (`rdd`), and `partition` runs them, in Spark's own Python workers.
"""
