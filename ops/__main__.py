"""`python -m ops` is the `casemail` command."""

from ops.cli import main

main()
