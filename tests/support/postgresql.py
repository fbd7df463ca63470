"""A private PostgreSQL server on a unix socket in a folder of its own; nothing is installed, nothing shared."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Where Debian, Fedora and Homebrew keep the server's programs, which are on no PATH.
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)


def find_programs() -> Path | None:
    """Give the folder of initdb and pg_ctl, of the newest version there is; None when it isn't installed."""
    found = [
        place
        for pattern in _PLACES
        for place in Path("/").glob(pattern.lstrip("/"))
        if (place / "initdb").exists()
    ]
    on_path = shutil.which("initdb")
    if found:
        return max(found, key=lambda place: (len(str(place)), str(place)))
    return Path(on_path).parent if on_path else None


def _user() -> str | None:
    """Give the user to run it as: itself refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def postgresql_server(programs: Path) -> Iterator[str]:
    """Run a server; gives the URL of its superuser's database."""
    folder = Path(tempfile.mkdtemp(prefix="sbpg-"))
    user = _user()
    if user is not None:
        shutil.chown(folder, user)

    def run(name: str, *arguments: str) -> None:
        command = [str(programs / name), "-D", str(folder / "data"), *arguments]
        # Output goes to a file: the server keeps it open, so that a pipe would never end.
        with (folder.parent / f"{folder.name}.log").open("ab") as output:
            subprocess.run(
                command, check=True, stdout=output, stderr=output, user=user, cwd=folder, timeout=60
            )

    log = folder.parent / f"{folder.name}.log"
    try:
        run("initdb", "--username=signalbox", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=200"
        )
        run("pg_ctl", "start", "--wait", "--silent", f"--options={options}")
        try:
            yield f"postgresql+psycopg://signalbox@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "--wait", "--silent", "--mode=immediate")
    except subprocess.CalledProcessError as error:
        raise RuntimeError(
            f"PostgreSQL does not start: {log.read_text(errors='replace')[-2_000:]}"
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        log.unlink(missing_ok=True)
