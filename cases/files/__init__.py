"""The files of updates, from the web form and from mail alike: which types a tenant accepts, what the bytes really are,
malware, storing, and signed links.

Other rooms use `examine` (may this file be posted?), `store`, `types` with `type_table`, `file_policy`, `cpu_budget`,
`links`, `malware` and `signature_pictures`. `inspection` is what runs in the sandbox.
"""
