"""Checks of the world around casemail: its servers, its keys, what it shares with other processes.

- `start`: what stops a process at its start, all faults at once.
"""
