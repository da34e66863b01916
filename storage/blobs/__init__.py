"""The blob store. Other packages use `store`, and `files` for backup and recovery.

`folder` stores blobs on a local disk, `bucket` in an object store. Raw mails are in `packs`, with their envelopes;
their keys are `places`. `files` are what a store consists of.
"""
