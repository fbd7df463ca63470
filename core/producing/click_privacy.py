"""What of a click may be kept: enough to count and compare, nothing that identifies a person."""

import re

import ada_url

_BOT = re.compile(
    r"bot|crawl|spider|slurp|preview|fetch|monitor|curl|wget|python-|headless|facebookexternalhit", re.I
)
#: Order matters: Edge and Opera also say Chrome, Chrome also says Safari.
_FAMILIES = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\bOPR/|\bOpera\b")),
    ("Firefox", re.compile(r"\bFirefox/|\bFxiOS/")),
    ("Chrome", re.compile(r"\bChrome/|\bCriOS/|\bChromium/")),
    ("Safari", re.compile(r"\bSafari/")),
)


def referrer_origin(referrer: str) -> str:
    """Cut a referrer down to scheme, host and port; "" when it is not a web address."""
    if not ada_url.check_url(referrer):
        return ""
    url = ada_url.URL(referrer)
    return url.origin[:300] if url.protocol in ("http:", "https:") else ""


def agent_family(user_agent: str) -> str:
    """Cut a user agent down to its family, such as "Firefox"; "" when unknown."""
    return next((family for family, form in _FAMILIES if form.search(user_agent)), "")


def is_bot(user_agent: str) -> bool:
    """Tell whether a user agent names itself a machine; such clicks are kept apart, not counted."""
    return bool(_BOT.search(user_agent))
