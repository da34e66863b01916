"""The phases of Hypothesis in tests of random worlds."""

from hypothesis import Phase

#: No shrinking: a world is so large that to shrink a failing world would take longer than to read it.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
