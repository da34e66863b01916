"""Tests that kill, freeze or cut off processes and servers while mail flows."""
