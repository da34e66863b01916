"""The blob store. Other rooms use `store` only.

`folder` stores blobs on a local disk, raw mails together in `packs`; `bucket` stores them in an object store.
"""
