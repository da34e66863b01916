"""Provides the running console to tests of commands whose effect shows in the console."""

from tests.console.conftest import console

__all__ = ["console"]
