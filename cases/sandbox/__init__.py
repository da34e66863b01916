"""The processes for hostile bytes: `pool` is what `cases.apart` uses, `confine` says what the kernel lacks."""
