"""Who is operating, for the journal."""

import getpass
import socket
from functools import cache


@cache
def actor() -> str:
    """Give the operator as `user@host`."""
    return f"{getpass.getuser()}@{socket.gethostname()}"
