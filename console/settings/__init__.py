"""The settings pages, one module for each, and the profile of a person.

`cases.tenant_settings` and other modules of `cases` read and save the settings.
"""
