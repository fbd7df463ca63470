"""What the tests share: real parts, set up small; nothing here stands in for a part of the program."""
