"""The desk: the one object that the window and the command line know. Commands go in, snapshots come out.

A desk that owns its data dir runs the broker, the relay and perhaps a worker; one that is attached only commands.
Its methods may block and may be called from any thread; a graphical thread calls none of them itself.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Self

from core.broker.wake import Knocker
from core.consuming.controls import Controls
from core.consuming.endpoints import AddedEndpoint
from core.consuming.worker import Worker
from core.operating.actor import actor
from core.operating.backups.restore import finish_restore, refuse_while_restoring
from core.operating.connections import Connections
from core.operating.data_dir import DataDir
from core.operating.dead_letters.acts import DeadLetters
from core.operating.endpoints.book import EndpointBook
from core.operating.engine_room import EngineRoom
from core.operating.events.republishing import Republishing
from core.operating.faults.board import FaultBoard
from core.operating.installation import Installation
from core.operating.journal.journal import Journal
from core.operating.monitor import Monitor
from core.operating.partitions import Partitions
from core.operating.program import Program
from core.operating.reading_room import ReadingRoom
from core.operating.rebuilds import Rebuilds
from core.operating.snapshot import Snapshot
from core.operating.upkeep.upkeep import Upkeep, refuse_network_file_system
from core.operating.why.inquiry import Why
from core.operating.worker_room import build_worker
from core.producing.link_list import LinkList
from core.producing.outcomes import Change, CreatedLink
from core.producing.producer import Producer
from core.producing.teams import Team
from core.settings import Settings, refuse_read_only


class Desk:
    """Made by `open` or `attach`; `close` stops everything that it started."""

    def __init__(
        self,
        settings: Settings,
        program: Program,
        data_dir: DataDir,
        installation: Installation,
        upkeep: Upkeep,
    ) -> None:
        self.settings = settings
        self._program = program
        self._data_dir, self._installation = data_dir, installation
        self._controls = Controls(installation.control)
        self._controls.register(program.consumers)
        self._engines = EngineRoom(installation)
        self._knocker = Knocker(installation.broker_url)
        self.links = LinkList(installation.links, settings.short_base)
        self.journal = Journal(installation.control, installation.links)
        self.reading_room = ReadingRoom(installation)
        self.rebuilds = Rebuilds(installation.control)
        self.endpoints = EndpointBook(installation, self.reading_room.books)
        self.partitions = Partitions(installation, self.reading_room.books)
        self.connections = Connections(installation)
        self.upkeep = upkeep
        self.faults = FaultBoard(
            installation.control,
            self.links,
            embedded=settings.broker is None,
            is_owned=lambda: self._data_dir.is_owned,
        )
        self._producer = Producer(
            installation.links,
            installation.outbox,
            installation.teams,
            short_base=settings.short_base,
            on_commit=self._knock,
        )
        self.dead_letters = DeadLetters(installation, self.reading_room.books, self._knock, program)
        self.republishing = Republishing(installation, self.reading_room.events, self._knock, program)
        self.why = Why(installation, program, self._why_unpublished, lambda: data_dir.is_owned)
        self.monitor = Monitor(
            installation,
            broker_expected=self._is_broker_expected,
            relay_error=self._why_unpublished,
            own_worker=self._engines.describe_worker,
        )

    @classmethod
    def open(cls, settings: Settings, *, program: Program, run_worker: bool) -> Self:
        """Own the data dir and start everything: broker, relay, monitor and, if wanted, a worker as our child.

        Raises:
            DataDirInUse: another process owns it.
            BrokerUnavailable, StoreUnavailable, SchemaTooNew, BadSettings: it can't be started; nothing is left running.
            ReadOnly: the settings say that nothing may be started.
        """
        refuse_read_only(settings)
        data_dir = DataDir(settings.data_dir)
        data_dir.make()
        data_dir.own()
        try:
            finish_restore(settings)
            upkeep = Upkeep(settings)
            upkeep.begin()
            desk = cls(settings, program, data_dir, Installation(settings), upkeep)
        except BaseException:
            data_dir.release()
            raise
        try:
            desk._start(run_worker)
        except BaseException:
            desk.close()
            raise
        return desk

    @classmethod
    def attach(cls, settings: Settings, *, program: Program) -> Self:
        """Only command, whoever owns the data dir; the owner's relay publishes what is created here.

        Raises:
            StoreUnavailable, SchemaTooNew, BadSettings: it can't be opened.
        """
        refuse_while_restoring(settings.data_dir)
        data_dir = DataDir(settings.data_dir)
        data_dir.make()
        refuse_network_file_system(settings)
        return cls(settings, program, data_dir, Installation(settings), Upkeep(settings))

    @property
    def owns(self) -> bool:
        """Whether this desk owns its data dir."""
        return self._engines.relay is not None

    def _start(self, run_worker: bool) -> None:
        self._engines.start(self._program.command if run_worker else None, self._data_dir.note_relay_error)
        self.upkeep.start(self._installation.control, self._engines.why_full)
        self.monitor.start()

    def close(self, deadline_s: float = 3.0) -> list[str]:
        """Stop everything that was started; gives the names of what had to be left or killed (empty = clean)."""
        until = time.monotonic() + deadline_s
        unclean = self._engines.ask_to_stop()
        unclean += [] if self.monitor.stop() else ["monitor"]
        unclean += [] if self.upkeep.stop() else ["upkeep"]
        unclean += self._engines.stop(until)
        self._knocker.close()
        self.reading_room.close()
        self._installation.close()
        self.upkeep.end()
        self._data_dir.release()
        return unclean

    def _why_unpublished(self) -> str | None:
        """Say why nothing is published: our relay's reason, or that of whoever owns the data dir."""
        if self._engines.relay is not None:
            return self._engines.relay.error
        if not self._data_dir.is_owned:
            return "Nothing runs on this data dir: start the window or a worker."
        return self._data_dir.relay_error()

    def _is_broker_expected(self) -> bool:
        return self.owns or self.settings.broker is not None or self._data_dir.is_owned

    def _knock(self) -> None:
        """Tell the relay that something was committed: ours directly, another process's through the broker."""
        if self._engines.relay is not None:
            self._engines.relay.wake()
        else:
            self._knocker.knock()

    # Links

    def create_link(
        self,
        url: str,
        *,
        slug: str | None = None,
        title: str = "",
        tags: Sequence[str] = (),
        team: str | None = None,
        expires: datetime | None = None,
        idempotency_key: str | None = None,
        by: str | None = None,
    ) -> CreatedLink:
        """Create a link; see `Producer.create_link`."""
        return self._producer.create_link(
            url,
            by=by or actor(),
            slug=slug,
            title=title,
            tags=tags,
            team=team,
            expires=expires,
            idempotency_key=idempotency_key,
        )

    def edit_link(
        self,
        name: str,
        *,
        url: str | None = None,
        title: str | None = None,
        tags: Sequence[str] | None = None,
        why: str = "",
    ) -> Change:
        """Edit a link, named by slug or id; see `Producer.edit_link`."""
        return self._producer.edit_link(name, by=actor(), url=url, title=title, tags=tags, why=why)

    def archive_link(self, name: str, *, why: str = "") -> Change:
        """Archive a link, named by slug or id; see `Producer.archive_link`."""
        return self._producer.archive_link(name, by=actor(), why=why)

    def restore_link(self, name: str, *, why: str = "") -> Change:
        """Take a link back from the archive, named by slug or id; see `Producer.restore_link`."""
        return self._producer.restore_link(name, by=actor(), why=why)

    def click(self, slug: str, *, referrer: str = "", user_agent: str = "") -> Change:
        """Record a click; see `Producer.click`."""
        return self._producer.click(slug, referrer=referrer, user_agent=user_agent)

    def teams(self) -> tuple[Team, ...]:
        """Give all teams."""
        return self._installation.teams.all()

    def qr_png(self, link_id: str) -> bytes | None:
        """Give a link's QR code; see `LinkBook.qr_png`."""
        return self.reading_room.links.qr_png(link_id)

    # Operating

    def pause(
        self, consumer: str, *, seconds: float | None = None, by: str | None = None, why: str = ""
    ) -> int:
        """Want a consumer to stand still; gives the version, which the snapshot shows as obeyed once it is."""
        return self._controls.pause(consumer, seconds=seconds, by=by or actor(), why=why)

    def resume(self, consumer: str, *, by: str | None = None, why: str = "") -> int:
        """Want a consumer to go on; gives the version, which the snapshot shows as obeyed once it is."""
        return self._controls.resume(consumer, by=by or actor(), why=why)

    def add_endpoint(
        self, url: str, *, description: str = "", why: str = "", secret: str | None = None
    ) -> AddedEndpoint:
        """Register a webhook endpoint; see `Endpoints.add`."""
        refuse_read_only(self.settings)  # Its secret is put away before anything is written.
        return self._installation.endpoints.add(
            url,
            description=description,
            by=actor(),
            why=why,
            secret=secret,
            positions=self._installation.outbox.last_given,
        )

    def build_worker(self, only: Sequence[str] = ()) -> Worker:
        """Build a worker in this process; the caller starts and stops it.

        Raises:
            NotFound: `only` names a consumer that does not exist.
        """
        return build_worker(self._installation, self._program, only)

    # Seeing

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest picture, if the monitor runs by itself and has taken one."""
        newest = self.monitor.snapshot
        return None if newest is None else self.upkeep.announce(newest)

    def subscribe(self, callback: Callable[[Snapshot], None]) -> Callable[[], None]:
        """Call back with each new picture; see `Monitor.subscribe`."""
        return self.monitor.subscribe(lambda snapshot: callback(self.upkeep.announce(snapshot)))

    def look(self) -> Snapshot:
        """Take one picture now; only for a desk that is attached, whose monitor does not run by itself."""
        return self.upkeep.announce(self.monitor.look())

    @property
    def broker_pid(self) -> int | None:
        """Process id of the embedded broker that this desk runs."""
        return self._engines.broker_pid

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker that this desk runs."""
        return self._engines.worker_pid


def is_owned(settings: Settings) -> bool:
    """Tell whether some process owns the settings' data dir."""
    data_dir = DataDir(settings.data_dir)
    data_dir.make()
    return data_dir.is_owned
