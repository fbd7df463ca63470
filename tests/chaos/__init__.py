"""A storm of kills, freezes and losses over the whole program, and then the count of what came of every event."""
