"""Measuring casemail: a seeded load through the real thing, with conservation asserted in the same run."""
