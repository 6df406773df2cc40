"""What a figure shows, found by the labels of its artists."""

import numpy as np
from matplotlib.text import Text


def labelled(axes, label):
    return [artist for artist in axes.get_children() if artist.get_label() == label]


def line(axes, label):
    (found,) = labelled(axes, label)
    return np.column_stack(found.get_data())


def mean_lines(axes):
    return [artist for artist in axes.lines if artist.get_label().startswith("mean ")]


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def caption(figure):
    return " ".join(figure.texts[0].get_text().replace("\u00a0", " ").split())
