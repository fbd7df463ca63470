"""What operators break on purpose, and what obeys them on the side of the desk."""
