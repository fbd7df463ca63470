"""Where webhooks go: how each endpoint answers, what waits for it, and what operators do about it."""
