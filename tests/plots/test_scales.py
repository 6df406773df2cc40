from itertools import pairwise

import pytest
from matplotlib.figure import Figure

from graduated.plots.scales import log_axis


@pytest.mark.parametrize("span", [1.05, 1.6, 4, 15, 150, 1e8])
@pytest.mark.parametrize("low", [1.3e-5, 0.0065, 7700])
def test_every_logarithmic_axis_has_labels_enough_to_be_read(low, span):
    axes = Figure(figsize=(2, 2)).subplots()
    log_axis(axes, "y", [low, low * span])
    axes.figure.draw_without_rendering()
    bottom, top = axes.get_ylim()
    shown = [
        text for text in axes.get_yticklabels() if text.get_text() and bottom <= text.get_position()[1] <= top
    ]
    assert 2 <= len(shown) <= 8
    boxes = sorted((text.get_window_extent() for text in shown), key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 for below, above in pairwise(boxes))
