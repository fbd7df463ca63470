"""Where a folder lies: file systems of other machines, on which SQLite's locks don't hold, and the space that is left."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import psutil

#: Types whose files are on another machine, as the system names them; `fuse.` ones are named after their program.
_ELSEWHERE = frozenset(
    "nfs nfs4 nfsd cifs smb smb2 smb3 smbfs smbnetfs afpfs webdav davfs davfs2 9p sshfs afs coda ceph lustre "
    "glusterfs beegfs gpfs ocfs2 gfs2 pvfs2 orangefs acfs ncpfs curlftpfs rclone s3fs gcsfuse vboxsf vmhgfs-fuse".split()
)


@dataclass(frozen=True, slots=True)
class Space:
    """What a folder's file system has left for its users, in bytes, and whether the folder can be written."""

    free_bytes: int
    is_writable: bool


def network_file_system(folder: Path) -> str | None:
    """Give the type of the file system when the folder lies on another machine; None when it is here, or unknown."""
    try:
        mounted = {part.mountpoint: part.fstype for part in psutil.disk_partitions(all=True)}
    except OSError:
        return None
    real = folder.resolve()
    place = next((str(path) for path in (real, *real.parents) if str(path) in mounted), None)
    kind = mounted.get(place or "", "")
    return kind if kind.lower().removeprefix("fuse.") in _ELSEWHERE else None


def space_of(folder: Path) -> Space:
    """Look at a folder.

    Raises:
        OSError: it is not there any more.
    """
    return Space(shutil.disk_usage(folder).free, os.access(folder, os.W_OK))
