"""What is replayed, shared and run again."""

from case import Append, Case, Edit, Remove, Run, Touch, Write  # type: ignore[import-not-found]

TREE = """
@task()
def leaf(x): return x + 1
@task()
def middle(x): return leaf(x)
@task()
def main(): return middle(1)
"""

SHALLOW = TREE.replace("@task()\ndef main", '@task(check_valid="shallow")\ndef main')

COPY = """
@task()
def copy(source, target):
    out = File(target)
    out.write(source.read())
    return out
@task()
def shout(source):
    out = File("loud.txt")
    out.write(source.read().upper())
    return out
@task()
def main(): return shout(copy(File("in.txt"), "out.txt"))
"""
SHALLOW_COPY = COPY.replace("@task()\ndef main", '@task(check_valid="shallow")\ndef main')
INPUT = Write("in.txt", "abc")

CASES = [
    Case("replay_all", TREE, Run(), Run()),
    Case("edit_leaf", TREE, Run(), Edit("x + 1", "x + 2"), Run()),
    Case("edit_middle", TREE, Run(), Edit("return leaf(x)", "return leaf(x) + 1"), Run()),
    Case("same_result_stops", TREE, Run(), Edit("x + 1", "1 + x"), Run()),
    Case("cache_off_for_run", TREE, Run(), Run(options={"cache": False}), Run()),
    Case("shallow_replay", SHALLOW, Run(), Run()),
    Case("shallow_edit_leaf", SHALLOW, Run(), Edit("x + 1", "x + 2"), Run(), Run()),
    Case("shallow_at_call", TREE, Run("main()"), Run("main.options(check_valid='shallow')()")),
    Case(
        "equal_calls_share",
        """
        @task()
        def f(x): return x
        @task()
        def main(): return [f(1), f(1), f(2)]
        """,
        Run(),
        Run(),
    ),
    Case(
        "equal_calls_of_different_parents_share",
        """
        @task()
        def f(x): return x
        @task()
        def a(): return f(1)
        @task()
        def b(): return [f(1)]
        @task()
        def main(): return [a(), b()]
        """,
        Run(),
    ),
    Case(
        "cache_false",
        """
        @task(cache=False)
        def f(x): return x
        @task()
        def main(): return [f(1), f(1)]
        """,
        Run(),
        Run(),
        Run(),
    ),
    Case(
        "cache_false_result_is_recorded",
        """
        @task(cache=False)
        def f(x): return x
        """,
        Run("f(1)"),
        Edit("cache=False", "cache=True"),
        Run("f(1)"),
    ),
    Case(
        "cache_scope_none_across_runs",
        """
        @task(cache_scope="NONE")
        def f(x): return x
        """,
        Run("f(1)"),
        Run("f(1)"),
    ),
    Case(
        "cache_scope_cse",
        """
        @task(cache_scope="CSE")
        def f(x): return x
        @task()
        def main(): return [f(1), f(1)]
        """,
        Run(),
        Run(),
    ),
    Case(
        "cache_false_at_call",
        """
        @task()
        def f(x): return x
        """,
        Run("f(1)"),
        Run("f.options(cache=False)(1)"),
    ),
    Case(
        "exported_cache_false",
        """
        @task()
        def f(x): return x
        @task()
        def g(x): return f(x)
        """,
        Run("g(1)"),
        Run("g.export_options(cache=False)(1)"),
        Run("g(1)"),
    ),
    Case(
        "errors_are_not_replayed",
        """
        @task()
        def f(x): raise ValueError(x)
        """,
        Run("f(1)"),
        Run("f(1)"),
    ),
    Case(
        "parent_of_failure_is_replayed",
        """
        @task()
        def f(x):
            raise ValueError(x)
        @task()
        def main(): return f(1)
        """,
        Run(),
        Edit("raise ValueError(x)", "return x"),
        Run(),
    ),
    Case(
        "sibling_of_failure_is_kept",
        """
        import time
        @task()
        def boom(): raise ValueError("x")
        @task()
        def slow():
            time.sleep(0.3)
            return 1
        @task()
        def main(): return [slow(), boom()]
        """,
        Run(),
        Run(),
        differs="What finishes after the first failure is recorded, and replayed next time.",
        ours=[{"ran": ["boom", "main", "slow"]}, {"ran": ["boom"], "cached": ["main", "slow"]}],
    ),
    Case(
        "helper_is_code",
        """
        def helper(x): return x + 1
        @task()
        def f(x): return helper(x)
        """,
        Run("f(1)"),
        Edit("x + 1", "x + 2"),
        Run("f(1)"),
        differs="The project's own functions that a task reaches are part of its code.",
        ours=[{"value": "2", "ran": ["f"]}, {"value": "3", "ran": ["f"]}],
    ),
    Case(
        "constant_is_code",
        """
        STEP = 1
        @task()
        def f(x): return x + STEP
        """,
        Run("f(1)"),
        Edit("STEP = 1", "STEP = 2"),
        Run("f(1)"),
        differs="Module constants that a task reads are part of its code.",
        ours=[{"value": "2"}, {"value": "3", "ran": ["f"]}],
    ),
    Case(
        "comment_is_no_code",
        """
        @task()
        def f(x):
            return x + 1
        """,
        Run("f(1)"),
        Edit("return x + 1", "# a comment\n    return  x + 1"),
        Run("f(1)"),
        differs="Comments and formatting are no code.",
        ours=[{"ran": ["f"]}, {"ran": [], "cached": ["f"]}],
    ),
    Case(
        "docstring_is_no_code",
        """
        @task()
        def f(x):
            "One."
            return x + 1
        """,
        Run("f(1)"),
        Edit("One.", "Two."),
        Run("f(1)"),
        differs="Docstrings are no code.",
        ours=[{"ran": ["f"]}, {"ran": [], "cached": ["f"]}],
    ),
    Case("file_replay", COPY, INPUT, Run(), Run()),
    Case("file_input_changed", COPY, INPUT, Run(), Write("in.txt", "abcd"), Run(), Run()),
    Case(
        "file_touched",
        COPY,
        INPUT,
        Run(),
        Touch("in.txt"),
        Run(),
        differs="A file is known by its content; touching it changes nothing.",
        ours=[{"ran": ["copy", "main", "shout"]}, {"ran": [], "cached": ["copy", "main", "shout"]}],
    ),
    Case("file_output_removed", COPY, INPUT, Run(), Remove("loud.txt"), Run()),
    Case("file_output_changed", COPY, INPUT, Run(), Append("loud.txt", "more"), Run()),
    Case(
        "file_intermediate_removed",
        COPY,
        INPUT,
        Run(),
        Remove("out.txt"),
        Run(),
        differs="Made again with the same content, a file changes nothing for those who read it.",
        ours=[{}, {"ran": ["copy"], "cached": ["main", "shout"]}],
    ),
    Case("file_intermediate_removed_shallow", SHALLOW_COPY, INPUT, Run(), Remove("out.txt"), Run()),
    Case(
        "file_output_removed_shallow",
        SHALLOW_COPY,
        INPUT,
        Run(),
        Remove("loud.txt"),
        Run(),
        differs="Where a whole call no longer holds, what its body returned still may.",
        ours=[{}, {"ran": ["shout"], "cached": ["copy", "main"]}],
    ),
    Case("file_missing_input", COPY, Run()),
    Case(
        "file_modified_in_place",
        """
        @task()
        def grow(file):
            with file.open("a") as stream:
                stream.write("x")
            return file
        @task()
        def main(): return grow(File("in.txt"))
        """,
        INPUT,
        Run(),
        Run(),
    ),
    Case(
        "path_as_text_is_not_watched",
        """
        @task()
        def read(path): return File(path).read()
        """,
        INPUT,
        Run("read('in.txt')"),
        Write("in.txt", "other"),
        Run("read('in.txt')"),
    ),
    Case(
        "dict_order_counts",
        """
        @task()
        def f(d): return list(d)
        """,
        Run("f({'a': 1, 'b': 2})"),
        Run("f({'b': 2, 'a': 1})"),
    ),
    Case(
        "set_order_does_not_count",
        """
        @task()
        def f(s): return len(s)
        """,
        Run("f({'a', 'b', 'c'})"),
        Run("f({'c', 'b', 'a'})"),
    ),
    Case(
        "numbers_differ",
        """
        @task()
        def f(x): return repr(x)
        """,
        Run("f(1)"),
        Run("f(1.0)"),
        Run("f(True)"),
    ),
    Case(
        "sharing_does_not_count",
        """
        @task()
        def f(x): return x
        """,
        Run("f((lambda a: [a, a])('x' * 30))"),
        Run("f(['x' * 30, ''.join(['x'] * 30)])"),
        differs="A value's hash depends on its content, not on which parts are one object.",
        ours=[{"ran": ["f"]}, {"ran": [], "cached": ["f"]}],
    ),
    Case(
        "result_as_argument_key",
        """
        @task()
        def f(x): return x * 2
        @task()
        def g(x): return x
        @task()
        def main(): return g(f(2))
        """,
        Run(),
        Run("g(4)"),
    ),
]
