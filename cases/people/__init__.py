"""The people of a tenant: finds them, knows what their roles may do, and changes users, members and access groups.

Other packages use `directory` (find a user by address, what a role may do), `users`, `aliases`, `members` and
`assignment` (the members and the manager of a case), and `access_groups`.
"""
