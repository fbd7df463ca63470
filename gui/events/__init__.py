"""The Events page: what happened, newest first or as it comes, and what broker and consumers have of each event."""
