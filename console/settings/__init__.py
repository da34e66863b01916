"""The settings pages, one module each, and the profile of a person.

What is chosen there is read and saved by `cases.tenant_settings` and other modules of `cases`.
"""
