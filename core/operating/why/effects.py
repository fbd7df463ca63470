"""The rungs behind the receipt: what became of the webhook or the image that followed from the event."""

from collections.abc import Callable, Sequence

from core.consuming.contract import EndpointSwitch
from core.operating.why import acts
from core.operating.why.answer import Answer, Rung
from core.operating.why.facts import Delivery, EndpointFacts, Facts, ImageFacts, WebhookFacts
from core.operating.why.words import first_line, moment, since, span, when

#: The answer about several deliveries is the one that comes first here.
_WORST_FIRST = (
    Rung.EXHAUSTED,
    Rung.CALL_FAILING,
    Rung.NO_LEADER,
    Rung.STANDSTILL,
    Rung.SENDER_PAUSED,
    Rung.ENDPOINT_OFF,
    Rung.SENDING,
    Rung.DUE,
    Rung.ENDPOINT_REMOVED,
    Rung.DELIVERED,
)
#: Endpoints that are named beside the one that the answer is about.
_NAMED = 3


def effect_of(facts: Facts) -> Answer | None:
    """Go on behind the receipt; None where nothing more follows from it."""
    webhook, image = facts.consumer.webhook, facts.consumer.image
    if webhook is not None:
        return _deliveries(facts, webhook) if webhook.deliveries else _no_delivery(facts, webhook)
    return None if image is None else _image(facts, image)


# Webhooks


def _no_delivery(facts: Facts, webhook: WebhookFacts) -> Answer:
    committed_at = facts.event.committed_at
    if not webhook.endpoints:
        return Answer(
            Rung.NO_ENDPOINT,
            "There was nobody to tell: no endpoint was ever registered.",
            acts.add_endpoint(),
        )
    in_time = [endpoint for endpoint in webhook.endpoints if endpoint.created_at <= committed_at]
    if not in_time:
        first = min(webhook.endpoints, key=lambda endpoint: endpoint.created_at)
        return Answer(
            Rung.ENDPOINT_LATER,
            f"Nobody was to be told: {first.url} was registered at {moment(first.created_at)}, "
            f"{span(first.created_at - committed_at)} after the event.",
        )
    gone = [endpoint for endpoint in in_time if endpoint.removed_at is not None]
    if len(gone) == len(in_time):
        last = max(gone, key=lambda endpoint: endpoint.removed_at or 0.0)
        return Answer(
            Rung.ENDPOINT_REMOVED,
            f"Nobody was left to be told: {last.url} was removed at {moment(last.removed_at or 0.0)}.",
            acts.add_endpoint(),
        )
    return _untold(facts, [endpoint for endpoint in in_time if endpoint.removed_at is None])


def _untold(facts: Facts, in_use: Sequence[EndpointFacts]) -> Answer:
    """Say why endpoints that are there have no delivery."""
    event, here = facts.event, in_use[0]
    offs = [(one, one.off_at(event.partition, event.position)) for one in in_use]
    if all(off is not None for _, off in offs):
        skipped, off = next(((one, off) for one, off in offs if one.off is not None), offs[0])
        assert off is not None
        is_off = skipped.off is not None
        return Answer(
            Rung.ENDPOINT_WAS_OFF,
            f"{skipped.url} was not to be told: {_off(off)}; the event was committed after that, and is never sent to it."
            f"{' It is off still.' if is_off else ''}",
            acts.enable_endpoint(skipped.endpoint_id) if is_off else None,
        )
    return Answer(
        Rung.NO_DELIVERY,
        f"webhook applied it, but there is no delivery to {here.url}: that must not be.",
        acts.check_ledger(),
    )


def _deliveries(facts: Facts, webhook: WebhookFacts) -> Answer:
    answers = [_delivery(facts, webhook, delivery) for delivery in webhook.deliveries]
    worst = min(answers, key=lambda answer: _WORST_FIRST.index(answer.rung))
    said = [worst.sentence]
    if len(answers) > 1:
        done = sum(answer.rung is Rung.DELIVERED for answer in answers)
        said.append(f"{done} of {len(answers)} endpoints have it.")
    others = [
        f"{delivery.url} ({answer.rung})"
        for delivery, answer in zip(webhook.deliveries, answers, strict=True)
        if answer is not worst and answer.rung is not Rung.DELIVERED
    ]
    if others:
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        said.append(f"Nor have it yet: {', '.join(others[:_NAMED])}{more}.")
    told, event = {delivery.endpoint_id for delivery in webhook.deliveries}, facts.event
    said += [
        f"{one.url} was off then, and is never told."
        for one in webhook.endpoints
        if one.endpoint_id not in told
        and one.removed_at is None
        and one.off_at(event.partition, event.position) is not None
    ]
    return Answer(worst.rung, " ".join(said), worst.act)


def _delivery(facts: Facts, webhook: WebhookFacts, delivery: Delivery) -> Answer:
    if delivery.state == "delivered":
        at = facts.now if delivery.finished_at is None else delivery.finished_at
        return Answer(
            Rung.DELIVERED,
            f"{delivery.url} was told at {moment(at)}, {span(at - facts.event.committed_at)} after the commit, at attempt "
            f"{delivery.attempts}: it answered {delivery.status}.",
        )
    if delivery.state == "exhausted":
        return Answer(
            Rung.EXHAUSTED,
            f"{delivery.url} was never told: {delivery.attempts} attempts failed, the last one {_failed(delivery)}; "
            f"nothing is sent any more {since(delivery.finished_at or facts.now, facts.now)}.",
        )
    removed = _removed_at(webhook, delivery.endpoint_id)
    if removed is not None:
        return Answer(
            Rung.ENDPOINT_REMOVED,
            f"{delivery.url} was removed at {moment(removed)}, before it was told.",
            acts.add_endpoint(),
        )
    for rung in _HINDRANCES:
        answer = rung(facts, webhook, delivery)
        if answer is not None:
            return answer
    return Answer(
        Rung.DUE, f"{delivery.url} is told {when(delivery.next_attempt_at, facts.now)}, for the first time."
    )


def _sending(facts: Facts, _webhook: WebhookFacts, delivery: Delivery) -> Answer | None:
    if delivery.claimed_until <= facts.now or not facts.consumer.alive:
        return None
    return Answer(Rung.SENDING, f"{delivery.url} is being told now, at attempt {delivery.attempts + 1}.")


def _no_leader(facts: Facts, webhook: WebhookFacts, delivery: Delivery) -> Answer | None:
    alive = {beat.worker_id for beat in facts.consumer.alive}
    if webhook.leader in alive:
        return None
    who = "no worker runs webhook" if not alive else "no living worker owns partition 0, whose owner sends"
    act = acts.start_worker("webhook" if facts.around.is_run else None)
    return Answer(Rung.NO_LEADER, f"{delivery.url} waits to be told, but {who}.", None if alive else act)


def _stopped(facts: Facts, _webhook: WebhookFacts, delivery: Delivery) -> Answer | None:
    why, pause = facts.around.standstill, facts.consumer.pause
    if why is not None:
        sentence = f"{delivery.url} waits to be told, but all consumers stand still: {first_line(why)}"
        return Answer(Rung.STANDSTILL, sentence, acts.show_status())
    if pause is None:
        return None
    return Answer(
        Rung.SENDER_PAUSED,
        f"{delivery.url} waits to be told, but webhook was paused by {pause.by}, and its sender with it, "
        f"{since(pause.since, facts.now)}.",
        acts.resume("webhook"),
    )


def _switched_off(_facts: Facts, webhook: WebhookFacts, delivery: Delivery) -> Answer | None:
    endpoint = next((one for one in webhook.endpoints if one.endpoint_id == delivery.endpoint_id), None)
    if endpoint is None or endpoint.off is None:
        return None
    return Answer(
        Rung.ENDPOINT_OFF,
        f"{delivery.url} waits to be told, but {_off(endpoint.off)}; it goes out once the endpoint is enabled.",
        acts.enable_endpoint(endpoint.endpoint_id),
    )


def _off(switch: EndpointSwitch) -> str:
    """Say since when an endpoint was switched off, by whom and why."""
    why = f': "{first_line(switch.why)}"' if switch.why else ""
    return f"it was switched off at {moment(switch.at)} by {switch.by}{why}"


def _failing(facts: Facts, _webhook: WebhookFacts, delivery: Delivery) -> Answer | None:
    if delivery.attempts == 0:
        return None
    return Answer(
        Rung.CALL_FAILING,
        f"{delivery.url} was not told yet: attempt {delivery.attempts} {_failed(delivery)}; the next one is "
        f"{when(delivery.next_attempt_at, facts.now)}.",
        acts.call_endpoint(delivery.endpoint_id),
    )


#: What may keep a delivery waiting, in the order in which it is looked at.
_HINDRANCES: tuple[Callable[[Facts, WebhookFacts, Delivery], Answer | None], ...] = (
    _sending,
    _switched_off,
    _no_leader,
    _stopped,
    _failing,
)


def _failed(delivery: Delivery) -> str:
    """Say how the last attempt failed."""
    if delivery.status is not None:
        return f"was answered {delivery.status}"
    return f"failed ({first_line(delivery.error or 'for an unknown reason')})"


def _removed_at(webhook: WebhookFacts, endpoint_id: str) -> float | None:
    return next((one.removed_at for one in webhook.endpoints if one.endpoint_id == endpoint_id), None)


# Images


def _image(facts: Facts, image: ImageFacts) -> Answer | None:
    if not image.is_noted:
        return Answer(
            Rung.NOT_NOTED,
            f"{facts.name} applied it, but has noted no image: that must not be.",
            acts.check_ledger(),
        )
    if not image.is_there:
        return Answer(
            Rung.IMAGE_MISSING,
            f"{facts.name} drew the image, but {image.object_name} is not in the object store any more.",
            acts.rebuild(facts.name),
        )
    if not image.is_whole:
        return Answer(
            Rung.IMAGE_DAMAGED,
            f"{facts.name} drew the image, but {image.object_name} is not what was drawn: its hash differs.",
            acts.rebuild(facts.name),
        )
    if not image.is_durable:
        is_run = bool(facts.consumer.alive)
        when_kept = "sees to once a second" if is_run else "sees to as soon as a worker runs it"
        return Answer(
            Rung.NOT_DURABLE,
            f"The image is there; the disk is not known to have it yet, which {facts.name} {when_kept}.",
        )
    return None
