"""Made-up facts of events that a consumer has not come to, and of what followed: the rung, words, the act."""

from dataclasses import replace

from core.consuming.contract import EndpointSwitch
from core.consuming.faults import FaultKind
from core.consuming.parking import MAX_KEYS
from core.operating.why.answer import Rung
from core.operating.why.facts import GroupFacts, StreamFacts
from tests.support.why_facts import (
    DELIVERY,
    ENDPOINT,
    IMAGE,
    NOW,
    PAST,
    PAUSE,
    PROGRESS,
    RECEIPT,
    WAITING,
    Case,
    beat,
    facts,
    fault,
    webhook,
)

AHEAD: list[Case] = [
    (
        Rung.NO_WORKER,
        facts(alive=(), last_heard=replace(beat(), heard_at=NOW - 40)),
        "w1 was last heard of 40 s ago",
        "main.py worker --only qr",
    ),
    (
        Rung.NO_WORKER,
        facts(around={"is_run": False}, alive=(), last_heard=None, progress=None),
        "in the last minute. It has never run here.",
        "main.py worker",
    ),
    (
        Rung.BROKEN,
        facts(alive=(), faults=(fault(FaultKind.CRASH),)),
        "crashes before the commit on purpose: fault 7, set by ann 1 min ago. No worker runs it",
        "main.py fault clear 7",
    ),
    (
        Rung.STANDSTILL,
        facts(around={"standstill": "The disk is full."}),
        "The disk is full.",
        "main.py status",
    ),
    (
        Rung.PAUSED,
        facts(pause=PAUSE),
        "by ann (a look) and stands still since",
        "main.py resume qr",
    ),
    (Rung.PAUSED, facts(pause=replace(PAUSE, until=NOW + 300)), "(in 5 min)", "main.py resume qr"),
    (
        Rung.PAUSED,
        facts(pause=PAUSE, progress=PAST, waiting=WAITING),
        "It waits for another attempt: OSError: no disk",
        "main.py resume qr",
    ),
    (
        Rung.FAILING,
        facts(progress=PAST, waiting=WAITING),
        "failed 3 times in qr (transient)",
        "main.py parked retry l --consumer qr",
    ),
    (Rung.FAILING, facts(progress=PAST, waiting=replace(WAITING, attempts=0)), "It is tried again", None),
    (
        Rung.BEHIND,
        facts(progress=PAST, waiting=replace(WAITING, head_event_id="e4", strikes=2)),
        "behind event e4 of its link, which failed 3 times in qr, and the process died 2 times of it",
        "main.py parked retry l --consumer qr",
    ),
    (
        Rung.BROKEN,
        facts(
            progress=PAST,
            waiting=replace(WAITING, error="Transient: Fault 7 (fail-link), set by ann, wants this to fail."),
            faults=(fault(FaultKind.FAIL_LINK),),
        ),
        "3 attempts failed. The next attempt is in 10 s.",
        "main.py fault clear 7",
    ),
    (
        Rung.BROKEN,
        facts(faults=(fault(FaultKind.HANG),)),
        "qr hangs on purpose: fault 7, set by ann 1 min ago. It is the next one.",
        "main.py fault clear 7",
    ),
    (Rung.OUTAGE, facts(alive=(beat(error="Database qr: locked"),)), "locked", "main.py status"),
    (Rung.OUTAGE, facts(alive=(), frozen_lock="Database qr is locked by process 7."), "7", "main.py status"),
    (
        Rung.FULL,
        facts(progress=replace(PROGRESS, waiting_keys=MAX_KEYS), alive=(beat(error="1,000 links wait"),)),
        "1,000 links wait after failures",
        "main.py status",
    ),
    (Rung.NO_OWNER, facts(progress=replace(PROGRESS, owner=None)), "Nobody owns partition 2", None),
    (Rung.NO_OWNER, facts(progress=None), "Nobody owns partition 2", None),
    (Rung.OWNER_SILENT, facts(progress=replace(PROGRESS, owner="w9")), "owned by w9, which is silent", None),
    (Rung.NO_GROUP, facts(group=None), "does not know qr in partition 2", None),
    (
        Rung.IN_FLIGHT,
        facts(group=GroupFacts(5, 2.0, 3), progress=replace(PROGRESS, in_hand=5, strikes=1)),
        "delivered 3 times to qr, 2 s ago the last time, and in the hands of w1. It is the next one. "
        "A worker has died 1 time",
        None,
    ),
    (Rung.STRANDED, facts(group=GroupFacts(9)), "will not again", None),
    (Rung.TRIMMED, facts(stream=StreamFacts(8, 10, has_entry=False)), "begins at 8", None),
    (
        Rung.DELETED,
        facts({"is_kept": False}, StreamFacts(8, 10, has_entry=False)),
        "Neither the broker nor the outbox",
        "main.py ledger",
    ),
    (Rung.LAG, facts(), "It is the next one.", None),
    (Rung.LAG, facts(alive=(beat(error="link x, attempt 2: no"),)), "is at work", None),
    (
        Rung.LAG,
        facts({"position": 9}, progress=replace(PROGRESS, rate=0.5)),
        "4 events of its partition come first: about 8 s at the present rate of 0.5 per second",
        None,
    ),
    (Rung.LAG, facts({"position": 9}), "none was dealt with in the last 10 s", None),
]

_TRIED = replace(DELIVERY, attempts=2, next_attempt_at=NOW + 300, status=503)
_TOLD = replace(DELIVERY, state="delivered", attempts=1, finished_at=NOW - 57, status=204)
_OFF = EndpointSwitch(is_off=True, at=NOW - 90, by="ann", why="a move")
_ON = EndpointSwitch(is_off=False, at=NOW - 30, by="ann", why="", behind={2: 7})

FOLLOWED: list[Case] = [
    (Rung.NO_ENDPOINT, facts(**webhook(endpoints=())), "no endpoint was ever", "main.py endpoints add URL"),
    (
        Rung.ENDPOINT_LATER,
        facts(**webhook(endpoints=(replace(ENDPOINT, created_at=NOW - 20),))),
        "40 s after the event",
        None,
    ),
    (
        Rung.ENDPOINT_REMOVED,
        facts(**webhook(endpoints=(replace(ENDPOINT, removed_at=NOW - 80),))),
        "Nobody was left",
        "main.py endpoints add URL",
    ),
    (
        Rung.ENDPOINT_REMOVED,
        facts(**webhook(_TRIED, endpoints=(replace(ENDPOINT, removed_at=NOW - 8),))),
        "before it was told",
        "main.py endpoints add URL",
    ),
    (
        Rung.ENDPOINT_WAS_OFF,
        facts(**webhook(endpoints=(replace(ENDPOINT, switches=(_OFF,)),))),
        'by ann: "a move"; the event was committed after that, and is never sent to it. It is off still.',
        "main.py endpoints enable ep",
    ),
    (
        Rung.ENDPOINT_WAS_OFF,
        facts(**webhook(endpoints=(replace(ENDPOINT, switches=(_OFF, _ON)),))),
        "and is never sent to it.",
        None,
    ),
    (
        Rung.ENDPOINT_OFF,
        facts(**webhook(_TRIED, endpoints=(replace(ENDPOINT, switches=(replace(_OFF, behind={2: 5}),)),))),
        "waits to be told, but it was switched off",
        "main.py endpoints enable ep",
    ),
    (Rung.NO_DELIVERY, facts(**webhook()), "no delivery to https://hooks", "main.py ledger"),
    (Rung.DELIVERED, facts(**webhook(_TOLD)), "at attempt 1: it answered 204", None),
    (
        Rung.EXHAUSTED,
        facts(**webhook(replace(_TRIED, state="exhausted", finished_at=NOW - 5), _TOLD)),
        "the last one was answered 503; nothing is sent any more",
        None,
    ),
    (
        Rung.CALL_FAILING,
        facts(**webhook(_TRIED)),
        "attempt 2 was answered 503; the next one is in 5 min",
        "main.py endpoints try ep",
    ),
    (
        Rung.CALL_FAILING,
        facts(**webhook(replace(_TRIED, status=None, error="timed out"), _TOLD)),
        "attempt 2 failed (timed out); the next one is in 5 min. 1 of 2 endpoints have it.",
        "main.py endpoints try ep",
    ),
    (Rung.SENDING, facts(**webhook(replace(_TRIED, claimed_until=NOW + 9))), "now, at attempt 3", None),
    (
        Rung.NO_LEADER,
        facts(**webhook(_TRIED), alive=()),
        "no worker runs webhook",
        "main.py worker --only webhook",
    ),
    (Rung.NO_LEADER, facts(**webhook(_TRIED), alive=(beat("w2"),)), "owns partition 0", None),
    (
        Rung.SENDER_PAUSED,
        facts(**webhook(_TRIED), pause=PAUSE),
        "and its sender with it",
        "main.py resume webhook",
    ),
    (
        Rung.STANDSTILL,
        facts({}, around={"standstill": "Full."}, **webhook(_TRIED)),
        "Full.",
        "main.py status",
    ),
    (Rung.DUE, facts(**webhook(DELIVERY)), "is told now, for the first time", None),
    (Rung.APPLIED, facts(receipt=RECEIPT, image=IMAGE), "qr applied it", None),
    (
        Rung.NOT_NOTED,
        facts(receipt=RECEIPT, image=replace(IMAGE, is_noted=False)),
        "no image",
        "main.py ledger",
    ),
    (
        Rung.IMAGE_MISSING,
        facts(receipt=RECEIPT, image=replace(IMAGE, is_there=False, is_whole=False)),
        "qr/l.png is not in the object store",
        "main.py rebuild qr",
    ),
    (
        Rung.IMAGE_DAMAGED,
        facts(receipt=RECEIPT, image=replace(IMAGE, is_whole=False)),
        "its hash differs",
        "main.py rebuild qr",
    ),
    (Rung.NOT_DURABLE, facts(receipt=RECEIPT, image=replace(IMAGE, is_durable=False)), "once a second", None),
]
