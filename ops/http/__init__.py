"""Serves an ASGI application with uvicorn, within limits on what strangers may take.

`server.make` returns a server; `limits.HttpLimits` has the limits. `connection` is private.
"""
