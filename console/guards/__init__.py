"""Guards against strangers and overload, which know nothing of pages: cookies, sessions, known devices, limits on
guessing, password hashing, turns.
"""
