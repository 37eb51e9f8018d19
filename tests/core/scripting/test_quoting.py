"""Values in commands: each is one word, whatever is in it, or is refused where it could not be."""

from __future__ import annotations

import os
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from redun import Dir, File, Scheduler, raw, script, sh, task
from redun.errors import ArgumentError, ExpressionError
from redun.expression import Expression

# A null character cannot be in a command; surrogates stand for bytes that are no text only in this range.
TEXT = st.text(
    st.one_of(
        st.sampled_from("'\"\\$`!#&;|<>(){}[]*?~ \t\n\r-=%^\x07\x1b\x7f\udcff"),
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    )
)


def shell(command: str) -> bytes:
    """Run a command as a script is run."""
    content = f"set -e\n{command}\n".encode("utf-8", "surrogateescape")
    done = subprocess.run(["bash", "/dev/stdin"], input=content, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@given(TEXT)
@example("'; rm -rf /; '")
@example("  \n   \n")
@example("$(id)")
@settings(deadline=None, max_examples=60)
def test_any_text_comes_through(text: str) -> None:
    assert shell(sh("printf %s {}", text)) == encoded(text)


TEMPLATES = [
    "printf '%s' {}",
    'printf "%s" {}',
    "printf %s x{}y",
    'printf %s "$(printf %s {}; printf .)"',
    'printf %s "$(case a in a) printf %s {};; esac; printf .)"',
    "case a in a) printf %s {};; esac",
    'x={}; printf %s "$x"',
    "# it's a comment\nprintf %s {}",
    "cat <<EOF > /dev/null\nit's\nEOF\nprintf %s {}",
    "cat <<-'E F' > /dev/null\n\"\n\tE F\nprintf %s {}",
    'cat <<< "it\'s" > /dev/null; printf %s {}',
    "(( 1 << 2 )); printf %s {}",
    "a=$((2 * (1 + 1))); printf %s {}",
    "printf %s ${{x:-}}{}",
    'printf %s "${{x:-"a b"}}" > /dev/null; printf %s {}',
    "printf %s $'it\\'s' > /dev/null; printf %s {}",
    'printf %s `echo "\'"` > /dev/null; printf %s {}',
    "echo \\' \\\" > /dev/null; printf %s {}",
    "if true; then printf %s {}; fi",
    'f() {{ printf %s "$1"; }}; f {}',
    "cat < <(printf %s {})",
    "(printf %s {})",
    "[[ a == a ]] && printf %s {}",
    "echo a#b > /dev/null; printf %s {} # it's",
    "printf %s {}>&1",
]


@pytest.mark.parametrize("template", TEMPLATES)
@given(text=TEXT)
@example(text="'$(echo injected >&2)\"`echo injected`\\")
@example(text="2")
@settings(deadline=None, max_examples=5)
def test_any_text_comes_through_wherever_it_may_stand(template: str, text: str) -> None:
    printed = shell(sh(template, text))
    assert encoded(text) in printed
    assert printed.strip(b"xy.") == encoded(text).strip(b"xy.")


@pytest.mark.parametrize(
    ("template", "place"),
    [
        ("echo '{}'", "single quotes"),
        ('echo "{}"', "double quotes"),
        ('echo "it\'s {}"', "double quotes"),
        ("echo $'{}'", "single quotes"),
        ("echo `cat {}`", "backquotes"),
        ("echo \\{}", "a backslash"),
        ("echo ${}", "an expansion"),
        ("# {}\ntrue", "a comment"),
        ("true # it's {}", "a comment"),
        ("cat <<EOF\n{}\nEOF", "a here-document"),
        ("cat <<'EOF'\n{}\nEOF", "a here-document"),
        ("cat <<-EOF\n\t{}\n\tEOF", "a here-document"),
        ("cat <<{}\nx\n", "a here-document"),
        ("cat <<A <<B\nA\n{}\nB", "a here-document"),
        ('echo "$(echo "{}")"', "double quotes"),
        ('echo "$(case a in a) echo "{}";; esac)"', "double quotes"),
        ('echo "$(echo case a in b) {}"', "double quotes"),
        ('echo "${{x:-{}}}"', "a parameter expansion"),
        ('echo "${{x:-it\'s}}"; echo {}', "what follows an apostrophe in an expansion"),
        ("awk '{{print {}}}'", "single quotes"),
    ],
)
def test_value_is_refused_where_quoting_does_not_protect(template: str, place: str) -> None:
    with pytest.raises(
        ArgumentError, match=f"stands in {place}, where a value may be read as part of the command"
    ):
        sh(template, "x")


def test_only_numbers_go_into_arithmetic() -> None:
    assert shell(sh("echo $(( {} + 1 ))", 2)) == b"3\n"
    with pytest.raises(
        ArgumentError, match=r"an arithmetic expression, where only a number is safe, not 'a\[\$\(id\)\]'"
    ):
        sh("echo $(( {} + 1 ))", "a[$(id)]")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "''"),
        (7, "7"),
        (-1.5, "-1.5"),
        (Decimal("1.50"), "1.50"),
        (True, "True"),
        (b"a\xff", "'a\udcff'"),
        (Path("a b"), "'a b'"),
        (File("-rf"), "./-rf"),
        (File("-"), "-"),
        ("-rf", "-rf"),
        (Path("-n"), "./-n"),
        (Dir("out/"), "out"),
        (File("s3://bucket/a b"), "'s3://bucket/a b'"),
        (["a", ["b c", 2]], "a 'b c' 2"),
        ((), ""),
        (raw("a | b"), "a | b"),
        (sh("sort {}", "a b"), "sort 'a b'"),
    ],
)
def test_values_become_words(value: Any, words: str) -> None:
    assert sh("x {}", value) == f"x {words}"


def test_fields_are_those_of_str_format() -> None:
    assert sh("{0} {b} {0}", "a b", b=2) == "'a b' 2 'a b'"
    assert sh("{} {b} {}", 1, 3, b=2) == "1 2 3"
    assert sh("{:.2f} {:>3}", 1.234, 5) == "1.23 '  5'"
    assert sh("{f.path} {f!r}", f=File("a b")) == "'a b' 'File(path=a b)'"
    assert sh("{x[0]} {x[1]}", x=[1, "y z"]) == "1 'y z'"
    assert sh("echo ${{HOME}} | awk '{{print $1}}'") == "echo ${HOME} | awk '{print $1}'"


def test_number_before_a_redirection_stays_a_word() -> None:
    assert shell(sh("echo {}>&1", 2)) == b"2\n"


def test_template_is_dedented_and_values_are_not() -> None:
    text = "a\n    b\n  \nc"
    command = sh(
        """
        if true; then
            printf %s {}
        fi
        """,
        text,
    )
    assert command.startswith("if true; then\n    printf")
    assert shell(command) == encoded(text)


@pytest.mark.parametrize(
    ("template", "args", "message"),
    [
        (
            "awk {print $1} {}",
            ["a"],
            r"no value is given for the field \{print \$1\}.*doubled: \$\{\{HOME\}\}",
        ),
        ("cp {} {}", ["a"], r"no value is given for the field \{1\}"),
        ("cp {} {source}", ["a"], r"no value is given for the field \{source\}"),
        ("echo {", [], r"doubled"),
        ("echo }", [], r"doubled"),
        ("cp {}", ["a", "b"], r"no field for the value\(s\) 1\."),
        ("echo {}", [None], "not of NoneType: None"),
        ("echo {}", [{"a": 1}], "not of dict"),
        ("echo {}", ["a\0b"], r"cannot hold a null character: 'a\\x00b'"),
        ("echo \0", [], "cannot hold a null character"),
        (3, [], "template as text, not int"),
        ("#!/usr/bin/env python3\nprint({})", ["a"], "quotes values for a shell.*a script for 'python3'"),
        ("#!/usr/bin/perl -w\nprint({})", ["a"], "a script for '/usr/bin/perl'"),
    ],
)
def test_what_does_not_fit_is_told(template: Any, args: list[Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        sh(template, *args)


@pytest.mark.parametrize(
    "line", ["#!/bin/sh", "#!/usr/bin/env bash", "#!/usr/bin/env -S bash -e", "#!/bin/zsh -f"]
)
def test_shells_of_all_kinds_are_quoted_for(line: str) -> None:
    assert sh(line + "\necho {}", "a b") == line + "\necho 'a b'"


def test_lazy_values_make_a_lazy_command(scheduler: Scheduler) -> None:
    @task
    def name() -> str:
        return "it's; echo injected"

    @task
    def parts() -> list[str]:
        return ["a b", "c"]

    command = sh("printf '%s|' {} {rest} {n[1]}", name(), rest=parts(), n=parts())
    assert isinstance(command, Expression)
    assert scheduler.run(script(command)) == b"it's; echo injected|a b|c|c|"
    assert scheduler.run(command) == "printf '%s|' 'it'\"'\"'s; echo injected' 'a b' c c"
    with pytest.raises(ArgumentError, match="stands in single quotes"):
        sh("echo '{}'", name())
    with pytest.raises(ArgumentError, match="not of NoneType"):
        scheduler.run(script(sh("echo {}", nothing())))


@task
def nothing() -> None:
    return None


@task
def number() -> int:
    return 3


def test_lazy_value_in_an_f_string_is_refused() -> None:
    expr = number()
    message = r"lazy value number\(\) cannot become part of a text.*sh\(\)"
    with pytest.raises(ExpressionError, match=message):
        f"echo {expr}"
    with pytest.raises(ExpressionError, match=message):
        f"echo {expr + 1 if False else expr:>3}"
    assert f"{expr!r}" == str(expr) == "number()"
    # The one thing that cannot be told from intent.
    assert f"{os.fspath('a')}" == "a"


def test_concatenation_with_a_lazy_text_is_lazy(scheduler: Scheduler) -> None:
    @task
    def word() -> str:
        return "hello"

    assert scheduler.run(script("echo " + word())) == b"hello\n"
