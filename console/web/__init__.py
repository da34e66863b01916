"""Code for all pages: session and viewer, forms, templates, messages, errors, files, and the middleware that a request
passes through before it reaches its page.
"""
