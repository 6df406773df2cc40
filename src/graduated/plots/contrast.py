"""Contrast with the white ground, as the Web Content Accessibility Guidelines measure it (WCAG 2.2)."""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.typing import ColorType

MARK, TEXT = 3.0, 4.5
"""Least contrast of what is drawn (WCAG 1.4.11), and of what is read (1.4.3)."""

_SHARES = np.linspace(0, 1, 256)


def contrast(colour: ColorType, ground: ColorType = "white") -> float:
    """Return the contrast ratio of two opaque colours, from 1 (equal) to 21 (black and white)."""
    dark, light = sorted(_luminance(each) for each in (colour, ground))
    return (light + 0.05) / (dark + 0.05)


def darkened(colour: ColorType, least: float = TEXT) -> tuple[float, float, float]:
    """Return a colour, blended with as much black as it takes to stand out from white by a contrast ratio."""
    shades = (tuple((1 - black) * channel for channel in to_rgb(colour)) for black in _SHARES)
    return next(shade for shade in shades if contrast(shade) >= least)


def lightest(colour: ColorType, least: float = MARK) -> tuple[float, float, float]:
    """Return a colour, blended with as much white as leaves it a contrast ratio to white."""
    tints = (tuple(1 - (1 - white) * (1 - channel) for channel in to_rgb(colour)) for white in _SHARES[::-1])
    return next(tint for tint in tints if contrast(tint) >= least)


def legible_on(ground: ColorType) -> str:
    """Return the colour of text on a coloured ground: black or white; one of them has a contrast of 4.5."""
    return max("black", "white", key=lambda colour: contrast(colour, ground))


def _luminance(colour: ColorType) -> float:
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
