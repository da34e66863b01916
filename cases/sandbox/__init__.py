"""Runs code on hostile bytes in confined child processes that can be killed.

Other rooms use `isolation` (run a task, its `Bounds`) and `errors`. Inside: `pool` shares out the processes that
`processes` starts, `fork_server` is the program they run, and `confine` takes files, network and privileges from them.
"""
