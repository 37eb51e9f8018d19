"""What the plugin offers, and that nothing of Spark is loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys


def test_the_plugin_loads_nothing_of_spark() -> None:
    program = (
        "import sys, redun_executor_spark, redun_executor_spark.executor, redun_executor_spark.plugin\n"
        "redun_executor_spark.executor.SparkExecutor('spark', {})\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('pyspark', 'py4j', 'pandas', 'pyarrow')])"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"
