"""Faults in words, as the window, the command line and the journal say them; the same words everywhere."""

from core.consuming.faults import Fault, FaultKind, Figures

#: What each kind does to its target, where no figure tells more.
_WORDS = {
    FaultKind.HANG: "hangs",
    FaultKind.TWICE: "is given events twice",
    FaultKind.LOCKED: "finds its database locked",
    FaultKind.STOP: "is stopped",
    FaultKind.FREEZE: "is frozen",
    FaultKind.FLUSH: "is being flushed",
}


def fault_words(fault: Fault) -> str:
    """Say what is wrong, such as "webhook rejects 10 % of events"."""
    return f"{'the broker' if fault.target == 'broker' else fault.target} {_verb(fault)}"


def _verb(fault: Fault) -> str:
    figures = fault.figures
    match fault.kind:
        case FaultKind.LATENCY:
            jitter = f" ± {figures.jitter_ms:g}" if figures.jitter_ms else ""
            return f"takes {figures.ms:g}{jitter} ms longer"
        case FaultKind.FAIL:
            return _failing(figures, fault.used)
        case FaultKind.FAIL_LINK:
            return f"{'fails at' if figures.transient else 'rejects'} link {figures.link}"
        case FaultKind.CRASH:
            moment = "after" if figures.after_commit else "before"
            often = f" ({fault.used} of {figures.times} times)" if figures.times > 1 else ""
            return f"crashes {moment} the commit{often}"
        case FaultKind.LOSE_TAIL:
            return f"loses the last {figures.bytes:,} bytes"
        case _:
            return _WORDS[fault.kind]


def _failing(figures: Figures, used: int) -> str:
    if figures.share:
        share = f"{100 * figures.share:.4g} %"
        return f"fails at {share} of attempts" if figures.transient else f"rejects {share} of events"
    so_far = f" ({used} so far)" if used else ""
    if figures.transient:
        return f"fails {_counted(figures.next, 'time')}{so_far}"
    events = "event" if figures.next == 1 else f"{figures.next:,} events"
    return (
        f"goes on rejecting the {events} that came"
        if used >= figures.next
        else f"rejects the next {events}{so_far}"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
