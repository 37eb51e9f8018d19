"""The commands of this distribution, and the plugin by which the host learns that their names are taken.

Floor: command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redun.host import Host

__all__ = ["COMMANDS", "add_to"]

#: Where each command is, and the line shown in listings.
COMMANDS = {
    "help": ("redun_cli.help:help_", "Show this listing, or the help of a command."),
    "init": ("redun_cli.init:init", "Create a configuration and an empty record."),
    "run": ("redun_cli.run.command:run", "Run a task of a workflow, or list its tasks."),
    "launch": ("redun_cli.launch.command:launch", "Run a command on an executor, such as a workflow."),
    "log": ("redun_cli.log.command:log", "Show executions, jobs, values, and where files come from."),
    "why": ("redun_cli.why.command:why", "Say why jobs ran, or from where results were taken."),
    "diff": ("redun_cli.diff.command:diff", "Show what differs between two executions."),
    "tag": ("redun_cli.tag.command:tag", "List tags, and what has them; add and remove them."),
    "report": ("redun_cli.page.command:report", "Write an execution as one page to read, print and keep."),
    "viz": ("redun_cli.viz.command:viz", "Draw the call graph of an execution, or where a file came from."),
    "db": ("redun_cli.db.command:db", "Look after the record: sizes, checks, versions, backups, removal."),
    "repl": ("redun_cli.repl.command:repl", "Open Python with the record at hand."),
    "repo": ("redun_cli.repositories.command:repo", "Name other repositories."),
    "push": ("redun_cli.repositories.command:push", "Send records to another repository."),
    "pull": ("redun_cli.repositories.command:pull", "Fetch records from another repository."),
    "export": ("redun_cli.repositories.command:export", "Write records as lines of JSON."),
    "import": ("redun_cli.repositories.command:import_", "Take in records that were exported."),
    "fs": ("redun_cli.fs.command:fs", "List, show and copy files of any file system."),
    "plugins": ("redun_cli.plugins:plugins", "List plugins and what they supply."),
}


def add_to(host: Host) -> None:
    """Register the commands with a host, as those of a plugin that keeps its names."""
    from redun import __version__
    from redun.host import Origin
    from redun.plugin import CommandSpec, hookimpl

    class OwnCommands:
        @hookimpl
        def redun_commands(self) -> list[CommandSpec]:
            return [CommandSpec(name, *command) for name, command in COMMANDS.items()]

    # The versions of redun-core and redun-cli move in step.
    host.add_plugin(OwnCommands(), Origin("redun-cli", "redun-cli", __version__, builtin=True))
