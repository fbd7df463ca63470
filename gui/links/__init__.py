"""The Links page: all links, what each consumer has of them, and all of the one that is opened."""
