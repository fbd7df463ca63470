"""What operators use: the desk with its commands, and the monitor with its pictures of what is so."""
