"""Where the embedded broker's socket is: beside its data, or where the user's session keeps such things."""

import os
from pathlib import Path

from core.settings import runtime_file

#: The longest path of a unix socket that Linux takes (macOS: 103).
_MAX_SOCKET_PATH = 103
#: What tells where it is when it is not beside the data.
SOCKET_NOTE = "socket.txt"


def socket_path(data_dir: Path) -> Path:
    """Give the server's socket: beside its data, or in the user's runtime folder when that path would be too long."""
    beside = data_dir / "broker" / "valkey.sock"
    if len(os.fsencode(beside)) <= _MAX_SOCKET_PATH:
        return beside
    # Where that folder is depends on who asks; whoever started the server has written down where it is.
    usual = runtime_file(data_dir, "sock")
    return _noted_socket(data_dir, usual) or usual


def _noted_socket(data_dir: Path, usual: Path) -> Path | None:
    """Read where the server was started; None if that session is over, or the note came here with a copied data dir."""
    try:
        noted = Path((data_dir / "broker" / SOCKET_NOTE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    # The end of its name tells which data dir a socket is for.
    is_ours = noted.name.endswith(usual.name.rpartition("-")[2])
    return noted if is_ours and noted.parent.is_dir() else None


def broker_url(data_dir: Path) -> str:
    """Give the URL under which the data dir's embedded broker is reached while it runs."""
    return f"unix://{socket_path(data_dir)}"
