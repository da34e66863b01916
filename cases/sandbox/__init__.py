"""Runs code on hostile bytes in confined child processes that can be killed.

Other packages use `isolation` (run a task, its `Bounds`) and `errors`. Internal: `pool` assigns tasks to the processes
that `processes` starts, `fork_server` is the program they run, and `confine` denies them files, network and privileges.
"""
