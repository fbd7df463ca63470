"""How often the figures are refreshed, as an operator has chosen and the window remembers. No Qt objects are made here."""

from core.operating.monitor import REFRESH_HZ
from gui.kept import Kept

_KEPT = "refresh"
#: Refreshes a second, and what each is called.
RATES = {4: "4 times a second", 2: "Twice a second", 1: "Once a second"}


def kept_refresh_hz(kept: Kept) -> int:
    """Give how often a second; what is not offered is taken for the usual."""
    text = kept.value(_KEPT, "")
    return int(text) if text.isdigit() and int(text) in RATES else round(REFRESH_HZ)


def keep_refresh_hz(kept: Kept, hz: int) -> None:
    """Remember how often a second."""
    kept.put(_KEPT, str(hz))
