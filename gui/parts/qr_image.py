"""A QR code in its square, scaled by whole device pixels, so that a camera reads it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap


def scaled(image: QImage, side: int, ratio: float) -> QPixmap:
    """Give a white square of `side` points with the code in its middle, each module a whole number of pixels."""
    pixels = round(side * ratio)
    square = QImage(QSize(pixels, pixels), QImage.Format.Format_RGB32)
    square.fill(QColor("#FFFFFF"))
    times = max(1, pixels // image.width())
    grown = image.convertToFormat(QImage.Format.Format_RGB32).scaled(
        image.size() * times, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation
    )
    if grown.width() > pixels:
        grown = grown.scaled(QSize(pixels, pixels), mode=Qt.TransformationMode.SmoothTransformation)
    _copy_into(square, grown, (pixels - grown.width()) // 2)
    pixmap = QPixmap.fromImage(square)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _copy_into(square: QImage, code: QImage, offset: int) -> None:
    painter = QPainter(square)
    painter.drawImage(offset, offset, code)
    painter.end()
