"""The executor of type `local`, under the name by which workflows know it.

Floor: executors.
"""

from redun.executors.thread import ThreadExecutor as LocalExecutor

__all__ = ["LocalExecutor"]
