"""Which consumers show something of their own, and what makes it."""

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QWidget

from gui.consumers.endpoint_table import EndpointTable
from gui.consumers.own_table import OwnTable
from gui.page import KeyWords, Tools

OWN: Mapping[str, Callable[[Tools, QWidget], OwnTable]] = {"webhook": EndpointTable}
#: Their keys, for the map of keys.
OWN_KEYS = (KeyWords("r  e  x  a", "webhook's endpoints: try now, off or on, remove, add"),)
