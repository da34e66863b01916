"""Runs demo and tests on bare Debian releases: `make test-releases`; `ARGS` names releases, or `ARGS=--help`.

For each release debootstrap(8) makes a root file system. The commits of this clone are cloned into root's home there,
in a folder with a space in its name, under a umask of 077; the steps run there. Packages come from where this machine
gets them: its configuration of apt and pip, its proxies and certificates are used. Needs root, debootstrap and git.
Runs with the machine's python3, without packages.

`steps` is the table of what runs in a release, and reads figures from its output; `root_file_system` makes a release
and runs commands in it; `run` does all of it and prints the figures.
"""
