"""Lends the running console to the tests of commands whose effect shows there."""

from tests.console.conftest import console

__all__ = ["console"]
