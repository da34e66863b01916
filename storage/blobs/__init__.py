"""The blob store. Other packages use only `store`.

`folder` stores blobs on a local disk, raw mails together in `packs`; `bucket` stores them in an object store.
"""
