"""Tests of `ops.checks`."""
