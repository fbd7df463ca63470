"""The Trace page: one time line of all that became of a link, an event or an act."""
