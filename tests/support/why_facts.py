"""Facts for the ladder, made up: a consumer that is at work, and an event that it comes to next. A test changes some."""

import time
from dataclasses import replace
from typing import Any

from core.consuming.faults import Fault, FaultKind, Figures
from core.consuming.heartbeats import Heartbeat
from core.operating.why.answer import Rung
from core.operating.why.facts import (
    ConsumerFacts,
    Delivery,
    EndpointFacts,
    EventFacts,
    Facts,
    GroupFacts,
    ImageFacts,
    Letter,
    Pause,
    Progress,
    Receipt,
    StreamFacts,
    Surroundings,
    Waiting,
    WebhookFacts,
)

#: The rung that the facts lead to, words of the sentence, and the command line that helps.
Case = tuple[Rung, Facts, str, str | None]

NOW = time.time()
EVENT = EventFacts(
    event_id="e5",
    type="LinkCreated.v1",
    link_id="l",
    trace_id="t",
    committed_at=NOW - 60,
    partition=2,
    position=5,
    published_at=NOW - 59,
    origin=None,
    audience=None,
    is_kept=True,
    published=10,
    given=10,
    replacements={},
)
STREAM = StreamFacts(first=1, last=10, has_entry=True)
AROUND = Surroundings(
    now=NOW,
    is_run=True,
    relay_error=None,
    broker_error=None,
    broker_faults=(),
    standstill=None,
    retention_days=7,
)
RECEIPT = Receipt("applied", NOW - 58, "w1")
LETTER = Letter("e5", 2, 5, "poison", "ValueError: no", 5, NOW - 30, "dead", None, None, None, None)
HOLDER = replace(LETTER, event_id="e4", position=4)
WAITING = Waiting("e5", "transient", "OSError: no disk", 3, 0, NOW - 50, NOW + 10, None)
PROGRESS = Progress(watermark=4, owner="w1", oldest_receipt=1)
#: A consumer that is past the event.
PAST = replace(PROGRESS, watermark=9)
PAUSE = Pause("ann", NOW - 120, None, "a look")
DELIVERY = Delivery("ep", "https://hooks.example.com/", "waiting", 0, NOW - 1, 0.0, None)
ENDPOINT = EndpointFacts("ep", "https://hooks.example.com/", NOW - 600, None)
IMAGE = ImageFacts(is_noted=True, object_name="qr/l.png")


def beat(worker: str = "w1", error: str | None = None) -> Heartbeat:
    """Let a worker have been heard of just now."""
    return Heartbeat(worker, "qr", "host", 1, NOW - 900, NOW - 0.3, 1, False, 0, error)


CONSUMER = ConsumerFacts(
    name="qr",
    handles=frozenset({"LinkCreated.v1"}),
    registered_at=NOW - 900,
    progress=PROGRESS,
    alive=(beat(),),
    last_heard=beat(),
    group=GroupFacts(delivered=4),
)


def fault(kind: FaultKind, target: str = "qr") -> Fault:
    """Give a fault, number 7."""
    return Fault(7, target, kind, Figures(ms=5.0, link_id="l", link="abc"), "ann", NOW - 60)


def webhook(*deliveries: Delivery, endpoints: tuple[EndpointFacts, ...] = (ENDPOINT,)) -> dict[str, Any]:
    """Give the changes that make the consumer webhook, which has applied the event."""
    return {"name": "webhook", "receipt": RECEIPT, "webhook": WebhookFacts(endpoints, deliveries, "w1")}


def facts(
    event: dict[str, Any] | None = None,
    stream: StreamFacts | None = STREAM,
    around: dict[str, Any] | None = None,
    **consumer: Any,
) -> Facts:
    """Give the facts with some changes."""
    return Facts(
        replace(EVENT, **(event or {})),
        stream,
        replace(AROUND, **(around or {})),
        replace(CONSUMER, **consumer),
    )
