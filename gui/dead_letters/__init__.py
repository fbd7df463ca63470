"""The Dead letters page: what consumers gave up on, by cause; what waits for another attempt; what was decided."""
