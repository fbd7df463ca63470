"""Backups and restores: everything of an installation in one file, and back."""
