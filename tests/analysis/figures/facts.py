"""What can be measured on a figure and on its files."""

import re
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from src.analysis.figures.style import MM_PER_INCH

POINTS_PER_INCH = 72
# Bounding boxes hold the antialiased edge of neighbours: a third of a millimetre at 100 dpi.
TOUCH_PIXELS = 1.5


def page_mm(pdf: Path) -> tuple[float, float]:
    """Width and height of the page, from the PDF's MediaBox."""
    box = re.search(rb"/MediaBox \[ ?([\d. ]+)\]", pdf.read_bytes())
    assert box is not None
    left, bottom, right, top = (float(x) * MM_PER_INCH / POINTS_PER_INCH for x in box[1].split())
    return right - left, top - bottom


def font_kinds(pdf: Path) -> tuple[int, int, int]:
    """Numbers of TrueType (42) fonts, of embedded font files, and of bitmap-like Type 3 fonts."""
    content = pdf.read_bytes()
    return (
        len(re.findall(rb"/Subtype /CIDFontType2", content)),
        len(re.findall(rb"/FontFile2 ", content)),
        len(re.findall(rb"/Subtype /Type3", content)),
    )


def smallest_text(figure: Figure) -> float:
    """Size in points of the smallest text."""
    figure.draw_without_rendering()
    return min(
        text.get_fontsize()
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip()
    )


def assert_layout(figure: Figure) -> None:
    """Nothing leaves the page; neither panels (with their texts) nor the legend overlap."""
    figure.draw_without_rendering()
    boxes = [axes.get_tightbbox() for axes in figure.axes if axes.get_visible()]
    boxes += [legend.get_window_extent() for legend in figure.legends]
    page = figure.bbox
    for number, box in enumerate(boxes):
        assert box.x0 >= page.x0 - TOUCH_PIXELS
        assert box.y0 >= page.y0 - TOUCH_PIXELS
        assert box.x1 <= page.x1 + TOUCH_PIXELS
        assert box.y1 <= page.y1 + TOUCH_PIXELS
        for other in boxes[:number]:
            common = Bbox.intersection(box, other)
            assert common is None or min(common.width, common.height) < TOUCH_PIXELS


def bars(axes: Axes) -> dict[str, ErrorbarContainer]:
    """Lines with error bars, by label."""
    return {c.get_label(): c for c in axes.containers if isinstance(c, ErrorbarContainer)}


def half_widths(container: ErrorbarContainer) -> np.ndarray:
    """Drawn half widths of intervals."""
    segments = container[2][0].get_segments()
    return np.array([(s[1, 1] - s[0, 1]) / 2 for s in segments])
