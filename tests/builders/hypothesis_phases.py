"""The phases of Hypothesis in tests of random worlds."""

from hypothesis import Phase

#: A world is large: to shrink one that fails would take longer than to read it.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
