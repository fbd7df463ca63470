"""Every error that this program raises on purpose, and what its catcher should do.

Messages carry the bad value and what to do about it, never a secret.
"""

import time


class SignalboxError(Exception):
    """The base of all errors raised on purpose; its text is one sentence for people."""


# What a person typed


class InvalidInput(SignalboxError):
    """A value that can't be accepted. Show the text at `field`; nothing was changed.

    `proposals` are values that would be accepted instead, best first.
    """

    def __init__(self, field: str, code: str, message: str, *, proposals: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.code = code
        self.proposals = proposals

    @property
    def proposal(self) -> str | None:
        """The best value to offer instead, if there is one."""
        return self.proposals[0] if self.proposals else None


class NotFound(SignalboxError):
    """Something was named that does not exist. Say so; nothing was changed."""


class BadSettings(SignalboxError):
    """A setting that can't work. The text names the variable and the bad value; stop with exit code 2."""


class ReadOnly(SignalboxError):
    """An act was asked for where everything may be looked at and nothing changed. Say so; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing can be changed here: it was started read only (--read-only or SIGNALBOX_READ_ONLY). Start it without."
        )


# Things around us that are not there


class StoreUnavailable(SignalboxError):
    """A database can't be reached, is locked or has no space. No event is at fault: wait, then try the same again."""


class DatabaseDamaged(StoreUnavailable):
    """A database file is not what was written to it. Nothing mends it by waiting: keep the file, restore a backup."""


class BadBackup(SignalboxError):
    """A backup file is cut, damaged, foreign or made by a newer program. Say so; nothing was changed."""


class BrokerUnavailable(SignalboxError):
    """The broker did not answer or refused for reasons of its own. Wait, reconnect, look again before repeating."""


class GroupMissing(SignalboxError):
    """A stream or consumer group has vanished from the broker. Create the group again and read from its start."""


class SchemaTooNew(SignalboxError):
    """A database was made by a newer program. Refuse to start, and name that version."""


class SchemaTooOld(SignalboxError):
    """A database was made by an older version, and what only looks may not bring it up to date."""


class DataDirInUse(SignalboxError):
    """Another process owns the data dir. Attach to it, or say who holds it."""

    def __init__(self, data_dir: str, holder_pid: int | None, since: float | None) -> None:
        holder = f"process {holder_pid}" if holder_pid else "another process"
        if since:
            holder += f" since {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(since))}"
        super().__init__(f"{data_dir} is in use by {holder}. Close it, or choose another --data-dir.")
        self.holder_pid = holder_pid
        self.since = since


# Things that must never go on


class BrokerAhead(SignalboxError):
    """The broker has positions that the database never gave: the database is older than the broker. Stop publishing."""


class PositionGap(SignalboxError):
    """A stream refused an append because positions before it are missing. Look at the stream again."""


class BrokerUnfit(SignalboxError):
    """The broker's configuration would lose events (it evicts, or keeps nothing on disk). Don't publish to it."""


class OwnershipLost(SignalboxError):
    """Somebody else moved the watermark. Forget what was read, load the watermark, start again."""


# Events


class MalformedEvent(SignalboxError):
    """A stream entry that is not an event of ours. Take the true event of that position from the outbox."""


class SchemaViolation(SignalboxError):
    """An event that does not fit its registered schema. A bug in the producer: the change must not commit."""


class Rejected(SignalboxError):
    """Raised by a consumer: this event can never succeed, whatever the number of attempts."""


class Transient(SignalboxError):
    """Raised by a consumer: it fails now for a reason outside, and will succeed later. Try again, for ever."""
