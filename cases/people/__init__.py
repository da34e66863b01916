"""The people of a tenant: who they are, what they may do, and how admins change that.

Other packages use `directory` (find a user by address, what a role may do), `users`, `aliases`, `members` and
`assignment` (the members and the manager of a case), and `access_groups`.
"""
