"""Makes what a release consists of: `python -m ops.dist`, or `make dist`.

`wheel` builds the wheel of the last commit, the same bytes wherever it is built. `licences` knows the licence of each
locked package, `sbom` lists them all as a bill of materials.
"""
