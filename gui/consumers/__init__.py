"""The Consumers page: all groups at a glance, one of them in detail, and what can be done to it."""
