"""The web console: log-in, cases, posting by form, General Case Settings, the inbound log.

From outside: `app.create_app` (and `app.from_environment` for a server), `passwords.hash_password`. One router per
file, with its SQL and next to it its template; every transaction is in the scope of the viewer's tenant.
"""
