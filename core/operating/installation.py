"""The databases of one installation, opened and brought up to date: what desk, worker and command line all stand on."""

from core.broker.client import ANSWER_TIMEOUT_S, READ_AT_ONCE
from core.broker.cluster_streams import open_streams
from core.broker.seal import Seal
from core.broker.socket_place import broker_url
from core.broker.streams import Streams
from core.consuming import control_tables
from core.consuming.endpoints import Endpoints
from core.errors import NotFound
from core.operating.backups.swap import refuse_while_under_way
from core.producing import tables
from core.producing.outbox import Outbox
from core.producing.seal_key import seal_key
from core.producing.teams import Teams
from core.settings import Settings
from core.storage.database import Database, open_database
from core.storage.objects import FileObjects
from core.storage.schema import prepare
from core.storage.secrets import SecretStore


class Installation:
    """What is kept, and where the broker is. Opening is cheap and may be done by any number of processes."""

    def __init__(self, settings: Settings) -> None:
        """Open everything and make what is missing.

        Raises:
            SchemaTooNew, StoreUnavailable, BadSettings: as they say; nothing was changed.
            NotFound, ReadOnly: there is nothing to look at, or an older program's, and nothing may be made.
        """
        refuse_while_under_way(settings.data_dir)
        _refuse_nothing_to_look_at(settings)
        self.settings = settings
        self.links = self.open_database("links", durable=True)
        self.control = self.open_database("control", durable=False)
        prepare(self.links, tables.metadata)
        prepare(self.control, control_tables.metadata)
        self.outbox = Outbox(self.links, settings.partitions)
        self.outbox.prepare()
        self._seal = Seal(seal_key(self.links))
        self.teams = Teams(self.links)
        self.teams.prepare()
        self.objects = FileObjects(settings.data_dir / "objects")
        self.endpoints = Endpoints(
            self.control,
            SecretStore(settings.data_dir),
            allow_private_targets=settings.allow_private_targets,
        )

    @property
    def broker_url(self) -> str:
        """Where the broker is: the external one, or the data dir's own."""
        return self.settings.broker or broker_url(self.settings.data_dir)

    def open_database(self, name: str, *, durable: bool = False) -> Database:
        """Open a database of this installation by its name."""
        return open_database(
            self.settings.data_dir,
            self.settings.database,
            name=name,
            durable=durable,
            read_only=self.settings.read_only,
        )

    def open_streams(
        self, *, answer_timeout_s: float = ANSWER_TIMEOUT_S, read_at_once: int = READ_AT_ONCE
    ) -> Streams:
        """Open a connection to the broker's streams; nothing is sent yet. `read_at_once` is in bytes."""
        return open_streams(
            self.broker_url,
            self.settings.partitions,
            self._seal,
            answer_timeout_s=answer_timeout_s,
            read_at_once=read_at_once,
        )

    def close(self) -> None:
        """Close everything."""
        self.links.close()
        self.control.close()


def _refuse_nothing_to_look_at(settings: Settings) -> None:
    """Opening a SQLite file makes it."""
    if settings.read_only and settings.database is None and not (settings.data_dir / "links.db").exists():
        raise NotFound(f"There is nothing to look at in {settings.data_dir}, and read only nothing is made.")
