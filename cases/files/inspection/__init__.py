"""Looks inside a file. Libraries read hostile bytes here, so everything except `findings` runs in the sandbox.

`inspect.inspect` is the task that the sandbox runs, and `findings` has the records that it returns. The other modules
are imported in the sandbox only. A new file type needs a row in `cases.files.type_table`, and a function in `formats`
unless an existing function fits.
"""
