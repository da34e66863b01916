"""Processes and servers are killed, frozen or cut off while mail flows."""
