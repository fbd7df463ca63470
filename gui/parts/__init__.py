"""Small widgets that more than one page can use; none of them knows what it shows."""
