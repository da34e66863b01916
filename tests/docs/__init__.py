"""Tests of the documents: they build, their links work, and everything that they name exists."""
