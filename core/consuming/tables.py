"""The runtime's tables in each consumer's database: its receipts, how far it is, who does it, and what waits or failed."""

from sqlalchemy import Column, Double, Index, Integer, LargeBinary, MetaData, Table, Text, text

metadata = MetaData()

#: One row per event that the consumer has dealt with: its receipt. Found by the event's place, which is its own for
#: ever, so that receipts are appended and never searched for while events flow.
inbox = Table(
    "inbox",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("event_id", Text, nullable=False),
    #: "applied"; "ignored" (not a type that the consumer handles, or addressed to another consumer); or "retried":
    #: applied after it had been a dead letter, so that its order was given up by an operator.
    Column("outcome", Text, nullable=False),
    Column("applied_at", Double, nullable=False),
    Column("worker", Text, nullable=False),
    #: Number of the transaction within its partition: the order in which effects happened, whatever the clocks say.
    Column("commit_number", Integer, nullable=False, server_default=text("0")),
    sqlite_with_rowid=False,
)

#: Per partition: the last position that the consumer has dealt with, and who owns it. Moving the position compares the
#: epoch, so that a worker that was frozen and has lost its partitions can't commit.
watermarks = Table(
    "watermarks",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
    #: Transactions that had effects here; the newest one's number.
    Column("commits", Integer, nullable=False, server_default=text("0")),
    #: The worker that may apply events of this partition; NULL = free.
    Column("owner", Text),
    #: Raised with each change of owner.
    Column("epoch", Integer, nullable=False, server_default=text("0")),
    #: Deliveries of events that had been dealt with already.
    Column("absorbed", Integer, nullable=False, server_default=text("0")),
    #: The worker whose fair share it is, when operators have moved it to another one; NULL = they have not.
    Column("moved_from", Text),
)

#: Noted before events are handled: if the process dies, whoever comes next knows what it died of.
in_hand = Table(
    "in_hand",
    metadata,
    Column("partition", Integer, primary_key=True),
    #: The last position of the batch; nothing is in hand once the watermark has reached it.
    Column("upto", Integer, nullable=False),
    #: The position that is handled alone; 0 = the whole batch.
    Column("alone", Integer, nullable=False),
    #: How often a process had died of what is in hand before this time.
    Column("strikes", Integer, nullable=False),
)


def _event_columns() -> tuple[Column[object], ...]:
    """Make the columns of a whole event, in the order in which an event has them."""
    return (
        Column("event_id", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("link_id", Text, nullable=False),
        Column("time", Text, nullable=False),
        Column("sequence", Integer),
        Column("traceparent", Text, nullable=False),
        Column("data_json", LargeBinary, nullable=False),
        Column("partition", Integer, primary_key=True),
        Column("position", Integer, primary_key=True),
        Column("origin", Text),
        Column("audience", Text),
    )


#: Events that wait for their key: the one whose handling failed, and the later ones of the same link, whole.
parked = Table(
    "parked",
    metadata,
    *_event_columns(),
    Column("parked_at", Double, nullable=False),
    #: Whether it has been a dead letter before, and an operator wants it tried again.
    Column("retried", Integer, nullable=False, server_default=text("0")),
    Index("parked_by_link", "link_id", "position"),
)

#: One row per key (link) that waits: how its first parked event failed, and when it is tried again.
parked_keys = Table(
    "parked_keys",
    metadata,
    Column("link_id", Text, primary_key=True),
    Column("partition", Integer, nullable=False),
    #: "transient" (tried for ever), "poison" (5 attempts), "crash" (3 strikes), or "held" (behind a dead letter).
    Column("error_class", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("traceback", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    #: Attempts that the process did not survive, counted before the attempt.
    Column("strikes", Integer, nullable=False),
    Column("first_failed_at", Double, nullable=False),
    Column("last_failed_at", Double, nullable=False),
    #: NULL = not before an operator decides.
    Column("next_attempt_at", Double),
)

#: Attempts at events that failed, also of those that were applied at last. Of an event that fails again and again the
#: first and the newest are kept; a number that is missing was one of the others. They go when the receipts around go.
failed_attempts = Table(
    "failed_attempts",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    #: From 1 for each event, and on when it is tried again after it was a dead letter.
    Column("number", Integer, primary_key=True),
    Column("failed_at", Double, nullable=False),
    Column("error_class", Text, nullable=False),
    #: Its first line; the whole of the newest one, with its traceback, is with the key or the dead letter.
    Column("error", Text, nullable=False),
    #: "" = not known: the attempt did not come to an end.
    Column("worker", Text, nullable=False),
    #: Whether the event became a dead letter by it.
    Column("gave_up", Integer, nullable=False, server_default=text("0")),
    sqlite_with_rowid=False,
)

#: Events that the consumer has given up on; they stay on record after an operator has decided. Such a position behind
#: which no watermark stands yet is passed by when it comes.
dead_letters = Table(
    "dead_letters",
    metadata,
    *_event_columns(),
    Column("error_class", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("traceback", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_failed_at", Double, nullable=False),
    Column("last_failed_at", Double, nullable=False),
    Column("worker", Text, nullable=False),
    #: "dead"; "retrying" (parked again); "applied" (the retry succeeded); "discarded" (given up for good).
    Column("state", Text, nullable=False),
    #: How often operators have had it tried again.
    Column("retries", Integer, nullable=False, server_default=text("0")),
    Column("decided_by", Text),
    Column("decided_at", Double),
    Column("why", Text),
    #: The event that an operator published in its place.
    Column("replaced_by", Text),
    Index(
        "dead_letters_waiting",
        "link_id",
        sqlite_where=text("state = 'dead'"),
        postgresql_where=text("state = 'dead'"),
    ),
)
