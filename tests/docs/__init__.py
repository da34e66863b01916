"""Tests of the documents: they build, their links lead somewhere, and what they name exists."""
