"""What a consumer says of one link is told by the link's slug; everything else stays as the worker has said it."""

from pathlib import Path

import pytest

from core.operating.link_errors import LinkErrors
from tests.gui.pictures import consumer
from tests.support.operated import operated


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("link {}, attempt 3: ValueError: no plan", "sale: ValueError: no plan (attempt 3)"),
        (
            "link {}, attempt 1: it answered 503 (4 other links wait as well)",
            "sale: it answered 503 (attempt 1) (4 other links wait as well)",
        ),
        ("link of nobody", "link of nobody"),
        ("link unknown, attempt 2: no", "unknown: no (attempt 2)"),
        ("10,000 links wait after failures, nothing new is read: no", None),
        ("The broker does not answer.", None),
    ],
)
def test_an_error_about_one_link_names_its_slug(short_dir: Path, said: str, told: str | None) -> None:
    with operated(short_dir) as place:
        link = place.desk.create_link("https://example.com/", slug="sale")
        errors = LinkErrors(place.desk._installation.links)
        health = consumer("billing", error=said.format(link.link_id))

        assert errors.told(health).error == (told or said)
        assert errors.told(consumer("billing")).error is None
