"""The key by which an installation knows its own entries in the streams; made once, and kept with the outbox."""

import secrets

from sqlalchemy import select

from core.producing.tables import seals
from core.storage.database import Database
from core.storage.upsert import insert_for

#: As many as the digest takes at least for its full strength.
_KEY_BYTES = 32


def seal_key(database: Database) -> bytes:
    """Give the key of the outbox's database, which is made at the first call.

    Raises:
        StoreUnavailable: it can't be read or written.
    """
    with database.reading() as db:
        key = db.scalar(select(seals.c.key))
    if key is None:
        with database.transaction() as db:
            # Two first starts at once make one key.
            made = {"id": 1, "key": secrets.token_bytes(_KEY_BYTES)}
            db.execute(insert_for(db, seals).values(made).on_conflict_do_nothing())
            key = db.scalar(select(seals.c.key))
    return bytes(key or b"")
