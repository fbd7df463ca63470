"""Traces: one time line of all that became of an event."""
