"""The processes for hostile bytes: `pool` is what `cases.sandbox.isolation` uses, `confine` says what the kernel lacks."""
