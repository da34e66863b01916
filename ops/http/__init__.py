"""Serves an ASGI application with uvicorn, within limits on what strangers may take.

`server.serve` runs it; `limits.HttpLimits` has the limits. `connection` is private.
"""
