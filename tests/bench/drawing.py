"""qr: drawing one link's QR code.

Ours: `draw_png`, what the qr consumer calls. Yardstick: the `qrcode` package as its README says, `make(text)` and
save as PNG. The same short URLs, in turn.
"""

import time
from collections.abc import Callable
from io import BytesIO

import qrcode

from consumers.qr_image import draw_png
from core.producing.slugs import generate_slug
from tests.bench.measuring import Result, compare, with_profile
from tests.bench.seed import SHORT_BASE


def qr(*, rounds: int = 5, count: int = 100) -> dict[str, Result]:
    """Measure, in `rounds` blocks of `count` codes each."""
    draw_png(SHORT_BASE)
    ours, readme = [], []
    texts: list[str] = []
    for _ in range(rounds):
        texts = [f"{SHORT_BASE}/{generate_slug()}" for _ in range(count)]
        ours.append(_ms_each(draw_png, texts))
        readme.append(_ms_each(_draw_as_in_readme, texts))
    result = compare(ours, readme, unit="ms per code", bar=">= 4x as fast", met=lambda ratio: ratio <= 0.25)
    result.figures["times_as_fast"] = 1 / (result.ratio or 1)
    return {"qr": with_profile(result, lambda: _ms_each(draw_png, texts))}


def _ms_each(draw: Callable[[str], bytes], texts: list[str]) -> float:
    began = time.perf_counter()
    for text in texts:
        draw(text)
    return (time.perf_counter() - began) * 1000 / len(texts)


def _draw_as_in_readme(text: str) -> bytes:
    file = BytesIO()
    qrcode.make(text).save(file)
    return file.getvalue()
