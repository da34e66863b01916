"""Rounds of chaos for the broker: processes die, freeze, join and leave; messages are odd and clocks are wrong."""
