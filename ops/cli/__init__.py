"""The `casemail` command: one module for each command or group of commands.

This is the only code that knows both workers and console.

`main` is the entry point and the table of commands; a command's module is imported when the command runs.
The commands share `errors`, `opened`, `owner`, `tenants` and `terminal`.
"""
