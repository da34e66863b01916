"""`python -m ops` is the `casemail` command."""

from ops.cli.main import main

main()
