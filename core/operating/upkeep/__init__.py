"""The upkeep of a data dir: space, soundness, what may go, and what to tell about it."""
