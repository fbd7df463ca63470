"""What the settings say, in words: their values, the variables that change them, and what follows. No Qt here.

Settings are read once, at the start: here they are only shown, with how they are changed.
"""

from dataclasses import dataclass

from core.operating.connections import Connections
from core.settings import Settings
from gui.formatting import count, plural
from gui.parts.facts import Fact

#: How any of them is changed.
HOW = "Settings are read at the start: set the variable, then start again."

_BY = "changed by"


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch that takes a safeguard away."""

    title: str
    variable: str
    is_on: bool
    #: What follows while it is on.
    consequence: str

    @property
    def change(self) -> str:
        """The line that turns it, for the environment."""
        return f"{self.variable}={'false' if self.is_on else 'true'}"


def places(settings: Settings, connections: Connections) -> tuple[Fact, ...]:
    """Tell where everything is, without passwords."""
    return (
        Fact("Name", f"{settings.name} ({settings.colour.value})" if settings.name else "none"),
        Fact(_BY, "SIGNALBOX_NAME, SIGNALBOX_COLOUR, or --name, --colour", "muted"),
        Fact("Acts", "refused: read only" if settings.read_only else "allowed"),
        Fact(_BY, "SIGNALBOX_READ_ONLY, or --read-only", "muted"),
        Fact("Data dir", str(settings.data_dir), is_code=True),
        Fact(_BY, "SIGNALBOX_DATA_DIR, or --data-dir", "muted"),
        Fact("Database", connections.database, is_code=True),
        Fact(_BY, "SIGNALBOX_DATABASE, or --database", "muted"),
        Fact("Broker", connections.broker, is_code=True),
        Fact(_BY, "SIGNALBOX_BROKER, or --broker", "muted"),
        Fact("Short URLs", settings.short_base, is_code=True),
        Fact(_BY, "SIGNALBOX_SHORT_BASE", "muted"),
    )


def limits(settings: Settings) -> tuple[Fact, ...]:
    """Tell how long things are kept, and how much there may be."""
    embedded = settings.broker is None
    memory = f"{count(settings.broker_memory_mb)} MiB" if embedded else "as the external broker has it"
    warn, stop = count(settings.disk_warn_mb), count(settings.disk_stop_mb)
    return (
        Fact("Retention", _retention(settings.retention_days)),
        Fact(_BY, "SIGNALBOX_RETENTION_DAYS", "muted"),
        Fact("Partitions", f"{count(settings.partitions)}, fixed when the data dir was made"),
        Fact(_BY, "SIGNALBOX_PARTITIONS", "muted"),
        Fact("Broker memory", memory),
        Fact(_BY, "SIGNALBOX_BROKER_MEMORY_MB", "muted"),
        Fact("Free space", f"a warning below {warn} MiB; consumers stand still below {stop} MiB"),
        Fact(_BY, "SIGNALBOX_DISK_WARN_MB, SIGNALBOX_DISK_STOP_MB", "muted"),
    )


def _retention(days: int) -> str:
    if days == 0:
        return "for ever: no event and no receipt is deleted, and the disk fills in the end"
    return (
        f"{plural(days, 'day')}: older events that every consumer has dealt with are deleted, and their receipts. "
        "What they did stays; they can't be looked at, published again or rebuilt from any more"
    )


def switches(settings: Settings) -> tuple[Switch, ...]:
    """Give the dangerous switches."""
    return (
        Switch(
            "Private webhook targets",
            "SIGNALBOX_ALLOW_PRIVATE_TARGETS",
            settings.allow_private_targets,
            "Whoever may add an endpoint can then make this machine send requests into its own network: to routers, "
            "databases, cloud metadata.",
        ),
        Switch(
            "Volatile broker",
            "SIGNALBOX_ACCEPT_VOLATILE_BROKER",
            settings.accept_volatile_broker,
            "An external broker may then keep nothing on disk: each of its restarts loses all streams, which the relay "
            "publishes again from the outbox; consumers wait that long.",
        ),
        Switch(
            "Network file system",
            "SIGNALBOX_ACCEPT_NETWORK_FILE_SYSTEM",
            settings.accept_network_file_system,
            "SQLite files may then lie on another machine, whose locks may not hold: two writers at once damage the "
            "database, and links are lost.",
        ),
    )
