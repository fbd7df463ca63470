"""The Why? page: one box, one sentence, and the one button that helps."""
