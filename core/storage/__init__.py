"""Where things are kept: databases, their schema versions, objects and secrets."""
