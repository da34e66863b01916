"""Log-in and log-out, passwords, the links that set a password or confirm an address, and a person's own sessions.

For other rooms: `passwords.hash_password`.
"""
