"""The files of updates, from the web form and from mail: accepts, inspects, scans and stores them, and signs links.

Other packages use `examine` (may this file be posted?), `store`, `types` with `type_table`, `file_policy`,
`cpu_budget`, `links`, `malware` and `signature_pictures`. `inspection` runs in the sandbox.
"""
