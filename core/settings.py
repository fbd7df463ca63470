"""The one reader of environment and defaults; everybody else is handed the fields that they need."""

import getpass
import hashlib
import os
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Self

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import BadSettings, ReadOnly

#: More than any disk or memory has: a slip of the keyboard, in megabytes.
_MOST_MB = 1_000_000_000


class Colour(StrEnum):
    """What tells installations from each other at a glance, beside their name."""

    GREY = "grey"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    BLUE = "blue"
    VIOLET = "violet"


class Settings(BaseSettings):
    """All settings, read once at start.

    Environment names are the field names with `SIGNALBOX_` before them; an empty variable counts as not set.
    """

    model_config = SettingsConfigDict(
        env_prefix="SIGNALBOX_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    #: Where databases, QR images, the broker's files and logs live.
    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("signalbox")))
    #: URL of an external broker (redis://, rediss://, unix://, redis+cluster://, rediss+cluster://); None = our own.
    broker: str | None = None
    #: URL of an external database (postgresql+psycopg://...); None = SQLite files in the data dir.
    database: str | None = None
    #: What short URLs begin with. `*.localhost` names the reader's own machine.
    short_base: str = "http://signalbox.localhost:8787"
    #: Dangerous: webhooks may then reach this machine and its private network.
    allow_private_targets: bool = False
    #: Accept an external broker that keeps nothing on disk (the outbox publishes again what it loses).
    accept_volatile_broker: bool = False
    #: Streams per broker; fixed when the data dir is made.
    partitions: int = Field(default=8, ge=1, le=256)
    #: Memory limit of the embedded broker, in megabytes.
    broker_memory_mb: int = Field(default=512, ge=16, le=_MOST_MB)
    #: How long events are kept that every consumer has dealt with, in days; 0 = for ever.
    retention_days: int = Field(default=7, ge=0, le=36_500)
    #: Free space on the data dir's disk below which the window warns, in megabytes.
    disk_warn_mb: int = Field(default=1024, ge=0, le=_MOST_MB)
    #: Free space below which consumers and all other writers in the background stand still, in megabytes.
    disk_stop_mb: int = Field(default=200, ge=0, le=_MOST_MB)
    #: How often the free space is looked at, in seconds; more often while there is little.
    disk_look_s: float = Field(default=30.0, gt=0, le=3_600)
    #: Look at everything and change nothing: no act, no worker, no relay.
    read_only: bool = False
    #: What this installation is called, shown above every page and in the window's title; empty = nothing is.
    name: str = Field(default="", max_length=40)
    #: The colour that the name is shown on.
    colour: Colour = Colour.GREY
    #: Dangerous: SQLite files on a network file system, whose locks may not hold.
    accept_network_file_system: bool = False

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator("name")
    @classmethod
    def _in_one_line(cls, name: str) -> str:
        return " ".join(name.split())

    @field_validator("short_base")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url.rstrip("/")

    @classmethod
    def load(cls, **given: object) -> Self:
        """Read the environment; `given` values that are not None win.

        Raises:
            BadSettings: a value is not acceptable; the text names the variable and the value.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors()[0]
            name = "SIGNALBOX_" + "_".join(str(part) for part in first["loc"]).upper()
            raise BadSettings(f"{name}: {first['msg']} (it is {first['input']!r})") from None


def refuse_read_only(settings: Settings) -> None:
    """Make sure that something may be changed.

    Raises:
        ReadOnly: the settings say that nothing may be.
    """
    if settings.read_only:
        raise ReadOnly


def runtime_file(data_dir: Path, ending: str) -> Path:
    """Give a place for a socket of this data dir in the user's runtime folder, under a short name of its own."""
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    mark = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return folder / f"signalbox-{getpass.getuser()}-{mark}.{ending}"
