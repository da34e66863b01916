"""Finds the sandbox processes of this process."""

import psutil


def fork_servers() -> list[psutil.Process]:
    """Returns the fork servers."""
    children = psutil.Process().children()
    return [child for child in children if "cases.sandbox.fork_server" in " ".join(child.cmdline())]


def readers() -> list[psutil.Process]:
    """Returns the processes that read mails or inspect files."""
    return [reader for server in fork_servers() for reader in server.children()]
