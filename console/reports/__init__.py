"""Reports for admins: what became of the tenant's email, how soon, and why.

`overview` serves the page and its CSV files. Internal: `queries` reads the database, `figures` makes the numbers of the
page from its rows, and `charts` computes where the parts of a chart lie.
"""
