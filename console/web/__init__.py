"""What all pages share: the session and its viewer, forms, templates, messages, errors, files, and the middleware that
a request passes before its page.
"""
