"""The two sets of colours, light and dark. A state colour is used for a state only, and never without its word."""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What a colour says."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Tokens:
    """One set; `_soft` is the ground behind text of the same name."""

    ground: str
    rail: str
    surface: str
    field: str
    hover: str
    border: str
    border_strong: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    ok: str
    ok_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    neutral: str
    neutral_soft: str

    def of(self, tone: Tone) -> str:
        """Give the colour of a tone."""
        return str(getattr(self, tone.value))

    def soft(self, tone: Tone) -> str:
        """Give the ground behind a tone's text."""
        return str(getattr(self, f"{tone.value}_soft"))


LIGHT = Tokens(
    ground="#F5F6F8",
    rail="#FBFBFC",
    surface="#FFFFFF",
    field="#FFFFFF",
    hover="#F0F2F5",
    border="#DFE3E8",
    border_strong="#C3CAD3",
    text="#171A1F",
    muted="#5B6472",
    faint="#6B7482",
    accent="#3654D1",
    accent_hover="#2B45B4",
    accent_soft="#E7EBFB",
    on_accent="#FFFFFF",
    ok="#0E7A55",
    ok_soft="#DDF1E9",
    warn="#955400",
    warn_soft="#F8EBD7",
    bad="#C4302B",
    bad_soft="#FBE4E3",
    neutral="#5B6472",
    neutral_soft="#E9ECF0",
)

DARK = Tokens(
    ground="#0E1116",
    rail="#12161C",
    surface="#161A21",
    field="#11151B",
    hover="#1F252E",
    border="#2B323D",
    border_strong="#414B59",
    text="#E8EBF0",
    muted="#9AA4B2",
    faint="#838D9B",
    accent="#8EA6FF",
    accent_hover="#A6B9FF",
    accent_soft="#222C4D",
    on_accent="#0E1116",
    ok="#42CF94",
    ok_soft="#15352A",
    warn="#F2B04E",
    warn_soft="#3A2C15",
    bad="#FF7B72",
    bad_soft="#40211F",
    neutral="#9AA4B2",
    neutral_soft="#272D37",
)
