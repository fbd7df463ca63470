"""A backup file: a zip whose manifest names every other entry with its size and sha256. What it does not name is refused.

Reading believes nothing: names, sizes and sums are checked before a byte of it takes anybody's place.
"""

import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from core.errors import BadBackup

#: Raised with each change that older programs can't read.
FORMAT = 1
MANIFEST = "manifest.json"
SECRETS = "secrets.json"
#: The largest manifest that is read, in bytes: some three million images.
_MANIFEST_BYTES = 512 * 2**20
_CHUNK_BYTES = 2**20
#: What an entry may be called: no name can lead out of the folder that it is unpacked into.
_NAME = re.compile(
    r"databases/[a-z][a-z0-9_-]{0,62}\.db|objects(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}){1,8}|secrets\.json",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of the file."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """One database of a backup, and what was counted in it."""

    name: str
    schema_version: int
    made_by: str
    #: Rows of the table that says most about it: links, journal, or a consumer's receipts.
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup, by whoever made it; `made_at` in Unix seconds."""

    format: int
    made_by: str
    made_at: float
    databases: tuple[DatabaseFacts, ...]
    #: Events in the outbox.
    events: int
    members: tuple[Member, ...]

    @property
    def links(self) -> int:
        """How many links are in it."""
        return next((database.rows for database in self.databases if database.name == "links"), 0)

    @property
    def objects(self) -> int:
        """How many objects are in it."""
        return sum(member.name.startswith("objects/") for member in self.members)

    @property
    def has_secrets(self) -> bool:
        """Whether the webhooks' signing secrets are in it."""
        return any(member.name == SECRETS for member in self.members)

    @property
    def total_bytes(self) -> int:
        """What it takes when unpacked."""
        return sum(member.size for member in self.members)


def is_member_name(name: str) -> bool:
    """Whether an entry may be called so."""
    return _NAME.fullmatch(name) is not None


class BackupWriter:
    """Writes one file; the manifest comes last, when all the rest is known."""

    def __init__(self, file: Path) -> None:
        self._zip = zipfile.ZipFile(file, "x", zipfile.ZIP_DEFLATED, compresslevel=1)
        self.members: list[Member] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def add_file(self, name: str, path: Path) -> None:
        """Add a file that nobody writes to any more, compressed."""
        sha256 = hashlib.sha256()
        with path.open("rb") as source, self._zip.open(name, "w", force_zip64=True) as target:
            while chunk := source.read(_CHUNK_BYTES):
                sha256.update(chunk)
                target.write(chunk)
        self.members.append(Member(name, path.stat().st_size, sha256.hexdigest()))

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small content as it is."""
        self._zip.writestr(name, content, zipfile.ZIP_STORED)
        self.members.append(Member(name, len(content), hashlib.sha256(content).hexdigest()))

    def add_manifest(self, manifest: Manifest) -> None:
        """Add what makes it a backup."""
        self._zip.writestr(MANIFEST, msgspec.json.encode(manifest))


class BackupReader:
    """Reads one file; opening it checks everything that can be checked without unpacking."""

    def __init__(self, file: Path) -> None:
        """Open it.

        Raises:
            BadBackup: it is none, is cut, or a newer program made it.
        """
        self._file = file
        with self._faults_told():
            self._zip = zipfile.ZipFile(file)
        try:
            with self._faults_told():
                self.manifest = self._read_manifest()
                self._check_members()
        except BadBackup:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def check(self) -> None:
        """Read all of it, and hold it against the manifest.

        Raises:
            BadBackup: something is not as it was written.
        """
        for member in self.manifest.members:
            self._copy(member, None)

    def unpack(self, folder: Path) -> None:
        """Unpack all of it but the secrets into a folder, checked while it is written, and safe on the disk.

        Raises:
            BadBackup: something is not as it was written; what was unpacked until then is worth nothing.
            OSError: it can't be written.
        """
        for member in self.manifest.members:
            if member.name == SECRETS:
                continue
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with target.open("xb") as output:
                self._copy(member, output)
                output.flush()
                if member.name.endswith(".db"):
                    os.fsync(output.fileno())

    def secrets(self) -> dict[str, str]:
        """Give the secrets that are in it, by name.

        Raises:
            BadBackup: they can't be read.
        """
        if not self.manifest.has_secrets:
            return {}
        with self._faults_told():
            return msgspec.json.decode(self._zip.read(SECRETS), type=dict[str, str])

    def _read_manifest(self) -> Manifest:
        if self._zip.getinfo(MANIFEST).file_size > _MANIFEST_BYTES:
            raise BadBackup(f"{self._file} is no backup that can be used: its manifest is too large.")
        raw = self._zip.read(MANIFEST)
        form = msgspec.json.decode(raw, type=_Form)
        if form.format > FORMAT:
            raise BadBackup(f"{self._file} was made by Signalbox {form.made_by}. Use that version or newer.")
        return msgspec.json.decode(raw, type=Manifest)

    def _check_members(self) -> None:
        """Refuse names that lead elsewhere, and entries that come twice, are missing or that nobody told of."""
        names = [member.name for member in self.manifest.members]
        for name in (*names, *(n for n in self._zip.namelist() if n != MANIFEST)):
            if not is_member_name(name):
                raise BadBackup(f"{self._file} is refused: an entry is called {name[:80]!r}.")
        if sorted([*names, MANIFEST]) != sorted(self._zip.namelist()):
            raise BadBackup(f"{self._file} is refused: its entries are not those of its manifest.")

    def _copy(self, member: Member, output: IO[bytes] | None) -> None:
        sha256, size = hashlib.sha256(), 0
        for chunk in self._chunks(member):
            sha256.update(chunk)
            size += len(chunk)
            if output is not None:
                output.write(chunk)
        if size != member.size or sha256.hexdigest() != member.sha256:
            raise BadBackup(f"{self._file} is damaged: {member.name} is not as it was written.")

    def _chunks(self, member: Member) -> Iterator[bytes]:
        with self._faults_told():
            if self._zip.getinfo(member.name).file_size != member.size:
                raise BadBackup(f"{self._file} is damaged: {member.name} has another size.")
            source = self._zip.open(member.name)
        with source:
            while True:
                with self._faults_told():
                    chunk = source.read(_CHUNK_BYTES)
                if not chunk:
                    return
                yield chunk

    @contextmanager
    def _faults_told(self) -> Iterator[None]:
        """Say in our words what zip, zlib and JSON say of a damaged or foreign file."""
        try:
            yield
        except OSError as error:
            raise BadBackup(f"{self._file} can't be read: {error.strerror or error}.") from None
        except (zipfile.BadZipFile, EOFError, KeyError, msgspec.MsgspecError) as error:
            raise BadBackup(f"{self._file} is no whole backup: {error}.") from None
        except (zlib.error, NotImplementedError, RuntimeError, ValueError) as error:
            raise BadBackup(f"{self._file} is damaged: {error}.") from None


@dataclass(frozen=True, slots=True)
class _Form:
    """As much of a manifest as every version of it has."""

    format: int
    made_by: str
