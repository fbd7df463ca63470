"""The style sheet: what palette and Fusion alone can't do. Filled with the colours of one set."""

from dataclasses import asdict
from string import Template

from gui.tokens import Tokens

_SHEET = Template("""
QWidget#window, QWidget#pages, QWidget#page { background: $ground; }
QFrame#rail { background: $rail; border: none; border-right: 1px solid $border; }
QFrame#statusBar { background: $rail; border: none; border-top: 1px solid $border; }
QFrame#faults { background: $warn_soft; border: none; border-bottom: 1px solid $border; }
QFrame#card { background: $surface; border: 1px solid $border; border-radius: 10px; }
QDialog#dialog { background: $surface; }
QFrame#drawer { background: $surface; border: 1px solid $border; border-radius: 10px; }
QWidget#drawerContent, QWidget#blank { background: transparent; }
QLabel#key { color: $text; background: $neutral_soft; border-radius: 4px; padding: 1px 6px; }
QFrame#separator { background: $border; border: none; }
QLabel { color: $text; background: transparent; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="ok"] { color: $ok; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="bad"] { color: $bad; }
QToolTip { color: $text; background: $surface; border: 1px solid $border_strong; padding: 4px 6px; }

QFrame#banner { border-radius: 8px; border: none; }
QFrame#banner[tone="warn"] { background: $warn_soft; }
QFrame#banner[tone="bad"] { background: $bad_soft; }

QPushButton { color: $text; background: $surface; border: 1px solid $border; border-radius: 6px;
    padding: 0 11px; min-height: 28px; }
QPushButton:hover { background: $hover; border-color: $border_strong; }
QPushButton:pressed { background: $border; }
QPushButton:focus { border: 2px solid $accent; padding: 0 10px; min-height: 26px; }
QPushButton:disabled { color: $faint; background: $ground; }
QPushButton#icon { padding: 0; }
QPushButton#primary { color: $on_accent; background: $accent; border-color: $accent; }
QPushButton#primary:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton#primary:focus { border: 2px solid $text; }
QPushButton#primary:disabled { color: $muted; background: $neutral_soft; border-color: $neutral_soft; }
QPushButton#danger { color: $on_accent; background: $bad; border-color: $bad; }
QPushButton#danger:focus { border: 2px solid $text; }
QPushButton#danger:disabled { color: $muted; background: $neutral_soft; border-color: $neutral_soft; }
QPushButton#chip { color: $on_accent; background: $accent; border-color: $accent; border-radius: 12px;
    min-height: 22px; padding: 0 11px; }
QPushButton#chip:hover { background: $accent_hover; }
QPushButton#chip:focus { border: 2px solid $text; min-height: 20px; padding: 0 10px; }
QPushButton#proposal { color: $accent; background: $accent_soft; border-color: transparent; min-height: 22px; }
QPushButton#proposal:hover { border-color: $accent; }
QPushButton#proposal:focus { border: 2px solid $accent; min-height: 20px; }

QToolButton { color: $text; background: $surface; border: 1px solid $border; border-radius: 6px; padding: 0; }
QToolButton:hover { background: $hover; border-color: $border_strong; }
QToolButton:focus { border: 2px solid $accent; }
QToolButton:disabled { background: $ground; }
QToolButton::menu-indicator { image: none; }
QLabel#qr { background: #FFFFFF; border: 1px solid $border; border-radius: 8px; }
QLabel#qr[empty="true"] { color: $muted; background: $ground; }
QToolButton#tile { background: #FFFFFF; border: 1px solid $border; border-radius: 5px; }
QToolButton#tile:hover { border-color: $accent; }
QToolButton#tile:focus { border: 2px solid $accent; }
QToolButton#navigation { color: $muted; background: transparent; border: 1px solid transparent; border-radius: 8px;
    padding: 0 10px; text-align: left; }
QToolButton#navigation:hover { background: $hover; }
QToolButton#navigation:checked { color: $accent; background: $accent_soft; }
QToolButton#navigation:focus { border: 2px solid $accent; padding: 0 9px; }

QTabBar::tab { color: $muted; background: transparent; border: none; border-bottom: 2px solid transparent;
    padding: 5px 2px 6px 2px; margin-right: 18px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $accent; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $text; background: $accent_soft; }
QPlainTextEdit#code { color: $text; background: $ground; border: 1px solid $border; border-radius: 6px; padding: 4px;
    selection-background-color: $accent; selection-color: $on_accent; }
QPlainTextEdit#code:focus { border: 2px solid $accent; padding: 3px; }

QCheckBox { color: $text; spacing: 8px; }
QCheckBox:disabled { color: $faint; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $border_strong; border-radius: 4px; background: $field; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; }
QCheckBox::indicator:disabled { background: $ground; }
QCheckBox::indicator:focus { border: 2px solid $text; width: 12px; height: 12px; }

QLineEdit, QComboBox { color: $text; background: $field; border: 1px solid $border; border-radius: 6px;
    padding: 0 9px; min-height: 28px; selection-background-color: $accent; selection-color: $on_accent;
    placeholder-text-color: $faint; }
QLineEdit:hover, QComboBox:hover { border-color: $border_strong; }
QLineEdit:focus, QComboBox:focus { border: 2px solid $accent; padding: 0 8px; min-height: 26px; }
QLineEdit[invalid="true"] { border: 2px solid $bad; padding: 0 8px; min-height: 26px; }
QLineEdit[readOnly="true"] { background: $ground; }
QLineEdit:disabled, QComboBox:disabled { color: $faint; background: $ground; }
QComboBox { padding-right: 22px; }
QComboBox:focus { padding-right: 21px; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView { color: $text; background: $surface; border: 1px solid $border_strong; outline: none;
    selection-background-color: $accent_soft; selection-color: $text; padding: 4px; }
QMenu { color: $text; background: $surface; border: 1px solid $border_strong; border-radius: 6px; padding: 4px; }
QMenu::item { padding: 5px 18px 5px 10px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::separator { height: 1px; background: $border; margin: 4px 6px; }

QTableView, QListView { background: transparent; border: none; outline: none; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { color: $muted; background: transparent; border: none; border-bottom: 1px solid $border;
    padding: 0 2px; font-size: 11px; }
QHeaderView#data::section { padding: 0 10px; }
QTableView QTableCornerButton::section { background: transparent; border: none; }

QSplitter::handle { background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px 2px 2px 0; }
QScrollBar::handle:vertical { background: $border_strong; border-radius: 4px; min-height: 28px; }
QScrollBar::handle:vertical:hover { background: $faint; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0 2px 2px 2px; }
QScrollBar::handle:horizontal { background: $border_strong; border-radius: 4px; min-width: 28px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollArea { background: transparent; border: none; }
""")


def stylesheet(tokens: Tokens) -> str:
    """Give the style sheet in one set of colours."""
    return _SHEET.substitute(asdict(tokens))
