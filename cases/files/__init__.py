"""Inspects, scans and stores the files of updates, from the web form and from mail, and signs the links to them.

Other packages use `examine` (may this file be posted?), `store`, `types` with `type_table`, `file_policy`,
`cpu_budget`, `links`, `malware` and `signature_pictures`. `inspection` runs in the sandbox.
"""
