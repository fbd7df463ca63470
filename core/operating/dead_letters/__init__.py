"""Dead letters and waiting keys: how operators see them, and what they do about them."""
