"""The broker while processes die, freeze, come and go, and odd messages and clocks come between."""
