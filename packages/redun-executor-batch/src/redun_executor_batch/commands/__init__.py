"""`redun aws …`: look at the jobs on AWS Batch, read their logs, end them, and clean up behind them.

Only the `redun` program imports these modules, which need click; the executor does without.
"""
