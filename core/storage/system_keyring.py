"""The system's keyring, if it has one. Loaded with the first secret that is asked for: it takes time and megabytes."""

import keyring
from keyring.errors import KeyringError


def put(service: str, name: str, secret: str) -> bool:
    """Keep a secret; False = the system has no keyring."""
    try:
        keyring.set_password(service, name, secret)
    except (KeyringError, RuntimeError):
        return False
    return True


def get(service: str, name: str) -> str | None:
    """Give a secret, or None when there is none, or no keyring."""
    try:
        return keyring.get_password(service, name)
    except (KeyringError, RuntimeError):
        return None


def remove(service: str, name: str) -> None:
    """Forget a secret; harmless when there is none."""
    try:
        keyring.delete_password(service, name)
    except (KeyringError, RuntimeError):
        return
