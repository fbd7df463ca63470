"""W3C trace context: one trace id per user action, carried by every event and everything that follows from it.

Source: W3C Trace Context, section 3.2 (`00-<32 hex>-<16 hex>-<2 hex>`, all-zero ids are invalid).
"""

import re
import secrets

_FORM = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def new_traceparent() -> str:
    """Begin a new trace, sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def child_traceparent(traceparent: str) -> str:
    """Keep the trace, begin a new span; a malformed parent begins a new trace instead of failing."""
    found = _FORM.fullmatch(traceparent)
    return f"00-{found[1]}-{secrets.token_hex(8)}-01" if found else new_traceparent()


def trace_id(traceparent: str) -> str:
    """Give the 32 hex digits that all parts of one user action share, or "" when malformed."""
    found = _FORM.fullmatch(traceparent)
    return found[1] if found else ""
