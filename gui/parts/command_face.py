"""What the button of a consumer says: the act it offers, or what has become of the last one. No Qt here."""

from dataclasses import dataclass

from core.operating.snapshot import ConsumerHealth, ConsumerState

#: How long an act that was sent may stay unobeyed before the button offers the next one, in seconds.
PATIENCE_S = 5.0
#: How long "obeyed" is shown, in seconds.
OBEYED_S = 1.6


@dataclass(frozen=True, slots=True)
class Sent:
    """An act that an operator has asked for here."""

    #: "pause" or "resume".
    act: str
    #: When, by the monotonic clock.
    at: float
    #: The version that the desk gave it; None until it has answered.
    version: int | None = None
    obeyed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """How the button looks."""

    text: str
    icon: str
    enabled: bool
    #: What a click does: "pause" or "resume".
    act: str
    tip: str


_TIPS = {
    "pause": "Stop reading new events. The running batch is finished, nothing is lost, and lag goes on being counted.",
    "resume": "Go on reading where it stopped.",
}


def settle(sent: Sent | None, health: ConsumerHealth, now: float) -> Sent | None:
    """Move an act on: note when it was obeyed, forget it when its outcome has been shown long enough."""
    if sent is None or sent.version is None:
        return sent
    obeyed = health.obeyed_version is not None and health.obeyed_version >= sent.version
    if obeyed and sent.act == "pause" and health.state is ConsumerState.PAUSING:
        obeyed = False
    if obeyed and sent.obeyed_at is None:
        return Sent(sent.act, sent.at, sent.version, now)
    over = now - sent.obeyed_at > OBEYED_S if sent.obeyed_at is not None else now - sent.at > PATIENCE_S
    return None if over else sent


def face(sent: Sent | None, health: ConsumerHealth | None) -> Face:
    """Say how the button looks."""
    if health is None:
        return Face(
            "Pause", "pause", enabled=False, act="pause", tip="Nothing is known of this consumer yet."
        )
    if sent is not None:
        verb = "Pausing" if sent.act == "pause" else "Resuming"
        if sent.obeyed_at is not None:
            return Face(
                f"Obeyed v{sent.version}", "check", enabled=False, act=sent.act, tip=f"{verb}: obeyed"
            )
        version = "" if sent.version is None else f" as version {sent.version}"
        tip = f"{verb}: sent{version}, not obeyed yet"
        return Face(f"{verb}: sent", "send", enabled=False, act=sent.act, tip=tip)
    act = "resume" if health.wants_paused else "pause"
    text, icon = ("Resume", "play") if act == "resume" else ("Pause", "pause")
    return Face(text, icon, enabled=True, act=act, tip=_TIPS[act])
