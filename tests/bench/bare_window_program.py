"""The yardstick of `start`: an empty window of bare Qt; prints when it was painted, and ends."""

import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow


class _Watch(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self, _tell)
        return super().eventFilter(watched, event)


def _tell() -> None:
    print(time.time(), flush=True)
    QApplication.quit()


if __name__ == "__main__":
    application = QApplication(sys.argv)
    window, watch = QMainWindow(), _Watch()
    window.installEventFilter(watch)
    window.resize(1280, 800)
    window.show()
    application.exec()
