"""Log-in and log-out, passwords, the links that set a password or confirm an address, and a person's own sessions.

Other packages use `passwords.hash_password`.
"""
