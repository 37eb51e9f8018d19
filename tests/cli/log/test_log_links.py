"""Tags that are addresses: shown whole, so that a terminal opens them."""

from __future__ import annotations

from typing import Any

PAGE = "https://history.example.org/history/app-20261123095337-0001/jobs/job/?id=12&attempt=1"


def test_addresses_stand_whole_below_the_other_tags(workspace: Any) -> None:
    workspace.write(
        "wf.py",
        f"""
        from redun import apply_tags, task

        @task
        def main():
            tags = [("page", "{PAGE}"), ("page", "http://localhost:4040"), ("said", "https://a is gone"), ("n", 3)]
            return apply_tags(1, job_tags=tags)
        """,
    )
    workspace.redun("run", "wf.py", "main")
    lines = workspace.redun("log", "-.1").stdout.splitlines()
    at = lines.index("Links:")
    assert sorted(lines[at + 1 : at + 3]) == ["  page: http://localhost:4040", f"  page: {PAGE}"]
    assert lines[at - 1] == "Tags: n=3, said=https://a is gone"


def test_without_other_tags_there_are_links_alone(workspace: Any) -> None:
    workspace.write(
        "wf.py",
        f"""
        from redun import task

        @task(tags=[("page", "{PAGE}")])
        def main():
            return 1
        """,
    )
    workspace.redun("run", "wf.py", "main")
    shown = workspace.redun("log", "-.1").stdout
    assert f"\nLinks:\n  page: {PAGE}\n" in shown
    assert "Tags:" not in shown
