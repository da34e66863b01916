"""The processes that read hostile bytes. `isolation` is what others use; `confine` says what the kernel lacks."""
