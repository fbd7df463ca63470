"""The fonts: Inter for words, JetBrains Mono for addresses and codes; digits of one width.

Static files, since variable ones are drawn with a false bold.
"""

from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

_FOLDER = Path(__file__).resolve().parent.parent / "assets" / "fonts"
_WORDS = "Inter"
_CODE = "JetBrains Mono"
_STEADY_DIGITS = QFont.Tag.fromString("tnum")
#: JetBrains Mono would draw "://" as one sign.
_LIGATURES = QFont.Tag.fromString("calt")


def load_fonts(application: QApplication) -> None:
    """Register the fonts, and make ours the application's."""
    for file in sorted(_FOLDER.glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(file))
    application.setFont(words())


def words(size_px: int = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Give the font for words and figures."""
    font = QFont(_WORDS)
    font.setPixelSize(size_px)
    font.setWeight(weight)
    font.setFeature(_STEADY_DIGITS, 1)
    return font


def strong(size_px: int = 13) -> QFont:
    """Give the font for headings and what matters most."""
    return words(size_px, QFont.Weight.DemiBold)


def code(size_px: int = 12) -> QFont:
    """Give the font for addresses and codes."""
    font = QFont(_CODE)
    font.setPixelSize(size_px)
    font.setFeature(_LIGATURES, 0)
    return font
