"""An array of a thousand jobs, three in a hundred of which fail."""

from __future__ import annotations

from typing import Any

import pytest

WORKFLOW = """
    from redun.config import load_config
    from redun import Scheduler, catch, task

    redun_namespace = "thousand"

    @task(executor="batch")
    def half(x):
        if x % 100 in (13, 57, 91):
            raise ValueError(f"{x} fails")
        return x / 2

    @task()
    def recover(error):
        return str(error)

    @task()
    def main():
        return [catch(half(x), ValueError, recover) for x in range(1000)]

    if __name__ == "__main__":
        print(Scheduler(load_config(".redun")).run(main()))
"""


@pytest.mark.large
def test_a_thousand_jobs_of_which_three_in_a_hundred_fail(project: Any) -> None:
    project.write(WORKFLOW)
    project.batch.set_slots(4)
    printed = project.run(timeout_s=900)
    wanted = [f"{x} fails" if x % 100 in (13, 57, 91) else x / 2 for x in range(1000)]
    assert printed == f"{wanted}\n"
    [array] = project.jobs()
    assert array["arrayProperties"]["size"] == 1000
    assert project.calls("SubmitJob") == 1
    # A hundred at a time, and not all of them whenever one has ended.
    assert project.calls("DescribeJobs") < 1000
