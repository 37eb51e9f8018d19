"""Containers on this machine as an executor of redun, found by `type = docker` in a section `[executors.NAME]`."""
