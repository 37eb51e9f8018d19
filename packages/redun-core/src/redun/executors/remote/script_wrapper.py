"""The text of the shell commands that run a script elsewhere and bring back what it wrote.

Floor: executors. It runs in any POSIX shell and needs `date`, `mkdir`, `mkfifo`, `rm` and `tee`, and what the scratch
folder's file system copies with. With the variable REDUN_WITHOUT_RESULT nothing is brought back: several machines run
the script, and another one does that. It is short, for services limit the length of a command.
"""

from __future__ import annotations

from shlex import join, quote

from redun.filesystems.registry import shell_copy

__all__ = ["wrapper"]

# `set -e` has no effect within a condition, so copies are tried in a subshell whose exit code is looked at afterwards.
# A signal ends `wait` early: the process waited for may run on.
_TEXT = """\
d={folder}
give_up() {{ echo "redun: $1" >&2; exit 1; }}
await() {{ wait $1; r=$?; while kill -0 $1 2>/dev/null; do wait $1; r=$?; done; }}
mkdir -m 700 $d || give_up "a folder for the script cannot be made in /tmp"
trap 'rm -rf $d' EXIT
(set -e; {fetch})
[ $? = 0 ] || give_up {unfetched}
mkfifo $d/1 $d/2 || give_up "no pipes can be made in /tmp"
tee $d/stdout <$d/1 & o=$!
tee $d/stderr <$d/2 >&2 & e=$!
s=$(date +%s)
{interpreter} $d/script </dev/null >$d/1 2>$d/2 & p=$!
trap 'kill -TERM $p 2>/dev/null' TERM INT
await $p; c=$r
await $o; x=$r
await $e; x=$x$r
[ -z "$REDUN_WITHOUT_RESULT" ] || exit $c
(set -e; {bring})
[ $x$? = 000 ] || c=uncopied
case $c in 0) v=ok;; uncopied) v=$c;; *) v="fail $c";; esac
printf '%s\\n%s %s\\n' "$v" "$s" "$(date +%s)" >$d/status
[ -s $d/status ] || give_up "no file can be written in /tmp"
(set -e; {tell})
[ $? = 0 ] && [ "$v" != uncopied ] || give_up {uncopied}
"""


def wrapper(url: str, interpreter: list[str]) -> str:
    """Return the commands for a script that lies at a URL.

    Parameters
    ----------
    url : str
        The folder of its parcel, whose name nobody else has; what the script writes is copied to it too.
    interpreter : list of str
        What runs the script.
    """
    folder = f"/tmp/redun-{url.rpartition('/')[2]}"

    def bring(name: str) -> str:
        return shell_copy(f"{folder}/{name}", f"{url}/{name}")

    return _TEXT.format(
        folder=folder,
        fetch=shell_copy(f"{url}/script", f"{folder}/script"),
        unfetched=quote(f"the script cannot be copied from {url}/script"),
        interpreter=join(interpreter),
        bring=f"{bring('stdout')}; {bring('stderr')}",
        tell=bring("status"),
        uncopied=quote(f"what the script wrote cannot be copied to {url}"),
    )
