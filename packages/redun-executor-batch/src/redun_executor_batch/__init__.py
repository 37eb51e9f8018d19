"""AWS Batch as an executor of redun, found by `type = aws_batch` in a section `[executors.NAME]`."""
