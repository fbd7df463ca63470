"""The Settings page: where everything is, what it stands on, how this window looks, and the dangerous switches."""
