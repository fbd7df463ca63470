"""Who is operating, for the journal."""

import getpass
import socket


def actor() -> str:
    """Give the operator as `user@host`."""
    return f"{getpass.getuser()}@{socket.gethostname()}"
