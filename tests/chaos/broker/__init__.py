"""Rounds of chaos for the broker: processes die, freeze, come and go, with odd messages and wrong clocks."""
