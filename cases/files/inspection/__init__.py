"""What is in a file: libraries read hostile bytes here, so all of it but the records runs in a process of its own.

`look.look` is what that process is asked for; `looks` has the records that come back. The others are imported in that
process alone.
"""
