"""One consumer's database that is damaged, gone or another one than before: shown, and no reason to see nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from core.consuming import tables
from core.consuming.controls import Controls
from core.operating.installation import Installation
from core.operating.monitor import Monitor
from core.operating.snapshot import ConsumerHealth
from core.producing.producer import Producer
from core.settings import Settings
from core.storage.database import open_sqlite
from core.storage.schema import prepare
from tests.support.links import SHORT_BASE, give_positions

NAMES = ("billing", "dashboard")
#: What lies in the only partition, and is published.
EVENTS = 5


@pytest.fixture
def installation(short_dir: Path) -> Iterator[Installation]:
    """Give an installation of one partition with some events, which two consumers have behind them."""
    opened = Installation(Settings.load(data_dir=short_dir, partitions=1))
    Controls(opened.control).register(NAMES)
    producer = Producer(
        opened.links, opened.outbox, opened.teams, short_base=SHORT_BASE, on_commit=lambda: None
    )
    for _ in range(EVENTS):
        producer.create_link("https://example.com/", by="ann")
    give_positions(opened.outbox)
    give_positions(opened.outbox, {0: EVENTS})
    for name in NAMES:
        make_consumer_file(short_dir / f"{name}.db", watermark=EVENTS)
    yield opened
    opened.close()


def make_consumer_file(path: Path, *, watermark: int) -> None:
    """Make the database of a consumer that has come so far."""
    database = open_sqlite(path, name=path.stem, durable=False)
    prepare(database, tables.metadata)
    with database.transaction() as db:
        db.execute(insert(tables.watermarks), {"partition": 0, "position": watermark})
    database.close()


@pytest.fixture
def look(installation: Installation) -> Iterator[Callable[[], dict[str, ConsumerHealth]]]:
    """Give a way to take a picture and see the consumers in it by name; the picture has to be a whole one."""
    monitor = Monitor(
        installation, broker_expected=lambda: False, relay_error=lambda: None, own_worker=lambda: None
    )

    def take() -> dict[str, ConsumerHealth]:
        snapshot = monitor.look()
        assert snapshot.database_error is None
        assert [partition.given for partition in snapshot.partitions] == [EVENTS]
        return {health.name: health for health in snapshot.consumers}

    yield take
    monitor.stop()


def lags(healths: dict[str, ConsumerHealth]) -> dict[str, int | None]:
    return {name: health.lag for name, health in healths.items()}


def test_a_damaged_database_makes_its_consumer_unknown_and_leaves_the_others_seen(
    installation: Installation, look: Callable[[], dict[str, ConsumerHealth]], short_dir: Path
) -> None:
    (short_dir / "dashboard.db").write_bytes(b"this was a database once" * 1_000)

    assert lags(look()) == {"billing": 0, "dashboard": None}
    healths = look()

    assert lags(healths) == {"billing": 0, "dashboard": None}
    assert healths["billing"].error is None
    assert healths["dashboard"].error == "Database dashboard: file is not a database"


def test_a_database_that_is_replaced_meanwhile_is_the_one_that_is_read(
    look: Callable[[], dict[str, ConsumerHealth]], short_dir: Path
) -> None:
    assert lags(look()) == {"billing": 0, "dashboard": 0}
    make_consumer_file(short_dir / "copy.db", watermark=2)

    (short_dir / "copy.db").replace(short_dir / "billing.db")

    assert lags(look()) == {"billing": EVENTS - 2, "dashboard": 0}


def test_a_database_that_is_removed_and_made_anew_is_noticed_each_time(
    look: Callable[[], dict[str, ConsumerHealth]], short_dir: Path
) -> None:
    assert lags(look()) == {"billing": 0, "dashboard": 0}

    (short_dir / "billing.db").unlink()
    assert lags(look()) == {"billing": EVENTS, "dashboard": 0}

    make_consumer_file(short_dir / "billing.db", watermark=EVENTS - 1)
    assert lags(look()) == {"billing": 1, "dashboard": 0}


def test_a_database_that_is_damaged_while_it_is_read_becomes_unknown_and_mended_is_known_again(
    look: Callable[[], dict[str, ConsumerHealth]], short_dir: Path
) -> None:
    assert lags(look()) == {"billing": 0, "dashboard": 0}
    (short_dir / "damaged.db").write_bytes(b"no database at all" * 1_000)
    (short_dir / "damaged.db").replace(short_dir / "billing.db")
    assert lags(look()) == {"billing": None, "dashboard": 0}

    make_consumer_file(short_dir / "mended.db", watermark=3)
    (short_dir / "mended.db").replace(short_dir / "billing.db")

    healths = look()
    assert lags(healths) == {"billing": EVENTS - 3, "dashboard": 0}
    assert healths["billing"].error is None
