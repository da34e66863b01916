"""Protection against strangers and overload, independent of pages: cookies, sessions, known devices, limits on
guessing, password hashing, turns.
"""
