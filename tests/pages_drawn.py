"""What holds of every figure: its text is of print size, and nothing leaves the page."""

from matplotlib.figure import Figure
from matplotlib.text import Text


def check_page(figure: Figure, smallest: float = 7.0) -> None:
    """Text has from ``smallest`` to 9 points, and the page holds all that is drawn."""
    sizes = [text.get_fontsize() for text in figure.findobj(Text) if text.get_text()]
    assert smallest <= min(sizes) <= max(sizes) <= 9
    width, height = figure.get_size_inches()
    box = figure.get_tightbbox()
    assert -0.01 <= box.x0 <= box.x1 <= width + 0.01
    assert -0.01 <= box.y0 <= box.y1 <= height + 0.01
