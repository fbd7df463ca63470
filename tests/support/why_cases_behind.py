"""Made-up facts of events on their way to the broker, or that a consumer has dealt with: the rung, words, the act."""

from dataclasses import replace

from core.consuming.faults import FaultKind
from core.operating.why.answer import Rung
from core.operating.why.facts import StreamFacts
from tests.support.why_facts import (
    HOLDER,
    LETTER,
    NOW,
    PAST,
    PAUSE,
    RECEIPT,
    WAITING,
    Case,
    facts,
    fault,
)

_EMPTY = StreamFacts(1, 0, has_entry=False)
_DOWN = {"broker_error": "Connection refused."}
_UNPUBLISHED = {"position": 5, "published": 4}

UPSTREAM: list[Case] = [
    (
        Rung.NOTHING_RUNS,
        facts({"position": 0}, None, {**_DOWN, "is_run": False}),
        "nothing runs",
        "main.py worker",
    ),
    (
        Rung.BROKER_BROKEN,
        facts(stream=None, around={**_DOWN, "broker_faults": (fault(FaultKind.STOP, "broker"),)}),
        "The broker is stopped on purpose: fault 7, set by ann 1 min ago. The event is published",
        "main.py fault clear 7",
    ),
    (Rung.BROKER_DOWN, facts(stream=None, around=_DOWN), "refused. The event is published", "main.py status"),
    (
        Rung.BROKER_AHEAD,
        facts({"position": 0}, StreamFacts(1, 12, has_entry=False), {"relay_error": "older"}),
        "position 12 in the broker, and only 10 were given",
        "main.py streams rebuild",
    ),
    (Rung.NOT_RELAYED, facts({"position": 0}), "has no position yet; the relay will publish", None),
    (
        Rung.RELAY_FAILS,
        facts({"position": 0}, around={"relay_error": "It evicts."}),
        "publishes nothing: It evicts.",
        "main.py status",
    ),
    (Rung.NOT_PUBLISHED, facts(_UNPUBLISHED, StreamFacts(1, 4, has_entry=False)), "has position 2/5", None),
    (Rung.LOST_BY_BROKER, facts(stream=_EMPTY), "the stream ends at 0", None),
]

SETTLED: list[Case] = [
    (
        Rung.UNREADABLE,
        facts(unreadable="Database qr: damaged"),
        "can't be told: Database qr",
        "main.py status",
    ),
    (Rung.APPLIED, facts(receipt=RECEIPT), "2 s after the commit, in worker w1", None),
    (
        Rung.APPLIED,
        facts(receipt=replace(RECEIPT, outcome="retried")),
        "after it had been a dead letter",
        None,
    ),
    (
        Rung.IGNORED,
        facts({"type": "LinkClicked.v1"}, receipt=replace(RECEIPT, outcome="ignored")),
        "qr does not react to LinkClicked.v1, only to LinkCreated.v1",
        None,
    ),
    (Rung.IGNORED, facts(receipt=replace(RECEIPT, outcome="ignored"), handles=None), "passed it by", None),
    (Rung.IGNORED, facts({"type": "LinkClicked.v1"}, pause=PAUSE), "does not react", None),
    (Rung.OTHER_AUDIENCE, facts({"audience": "billing", "origin": "e1"}), "for billing alone", None),
    (
        Rung.DEAD,
        facts(letter=LETTER, progress=PAST),
        "after 5 attempts; it is a dead letter (poison)",
        "main.py dead retry qr 2/5",
    ),
    (
        Rung.BROKEN,
        facts(
            letter=replace(LETTER, error="Rejected: Fault 7 (fail-link), set by ann, wants this to fail."),
            faults=(fault(FaultKind.FAIL_LINK),),
        ),
        "qr rejects link abc on purpose: fault 7, set by ann 1 min ago. It is a dead letter",
        "main.py fault clear 7",
    ),
    (
        Rung.DISCARDED,
        facts(letter=replace(LETTER, state="discarded", decided_by="bob", decided_at=NOW - 9, why="a test")),
        "by bob (a test)",
        None,
    ),
    (
        Rung.REPLACED,
        facts(letter=replace(LETTER, state="discarded", decided_by="bob", replaced_by="e9")),
        "event e9 is in its place",
        "main.py why e9 --consumer qr",
    ),
    (
        Rung.REPLACED,
        facts({"replacements": {"qr": "e9"}}, letter=LETTER),
        "the dead letter is still there",
        "main.py dead discard qr 2/5 --why 'replaced by e9'",
    ),
    (
        Rung.HELD,
        facts(progress=PAST, waiting=replace(WAITING, error_class="held", held_by=HOLDER)),
        "behind the dead letter of event e4",
        "main.py dead retry qr 2/4",
    ),
    (Rung.HELD, facts(progress=PAST, waiting=replace(WAITING, error_class="held")), "by itself", None),
    (
        Rung.RECEIPT_FORGOTTEN,
        facts(
            {"committed_at": NOW - 8 * 86_400},
            progress=replace(PAST, oldest_receipt=6),
            registered_at=NOW - 9 * 86_400,
        ),
        "older than 7 days",
        None,
    ),
    (
        Rung.BEFORE_ITS_TIME,
        facts(progress=replace(PAST, oldest_receipt=6), registered_at=NOW - 10),
        "after the event",
        None,
    ),
    (Rung.RECEIPT_MISSING, facts(progress=PAST), "that must not be", "main.py ledger"),
    (
        Rung.RECEIPT_MISSING,
        facts(progress=replace(PAST, oldest_receipt=None)),
        "that must not be",
        "main.py ledger",
    ),
]
