"""What the scale of initial weights does to the activations of a deep network of rectifiers."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from graduated.descent import BOOK
from graduated.streams import stream
from graduated.studies import Verdict
from graduated.studies.settings import DescentTheory
from graduated.studies.verdicts import exact_verdict, mean_verdict

HE = 2.0
"""Mε² of He's initialisation."""

SCALES = (1.0, HE, 4.0)
"""Mε², weights being drawn from N(0, ε²) in layers of M units."""


def activations(settings: DescentTheory) -> pd.DataFrame:
    """Send a normal input through layers of rectifiers with random weights and no biases.

    Returns:
        Columns width (M), scale (Mε²), network, layer (0 is the input), mean_square and variance of the
        activations of the layer's units.
    """
    cells = [(width, network) for width in settings.widths for network in range(settings.seeds)]
    return pd.DataFrame([row for cell in cells for row in _network(*cell, settings.depth)])


def _network(width: int, network: int, depth: int) -> Iterator[dict]:
    """Yield the moments of one draw of the weights, scaled in each of the ways."""
    generator = stream(network, f"descent_theory/initialisation/{width}")
    relative = torch.tensor(SCALES, dtype=torch.float64).div(HE).sqrt().unsqueeze(1)
    values = torch.randn(width, generator=generator, dtype=torch.float64).expand(len(SCALES), width)
    weights = torch.empty((width, width), dtype=torch.float64)
    for layer in range(depth + 1):
        if layer:
            torch.nn.init.kaiming_normal_(weights, nonlinearity="relu", generator=generator)
            values = torch.relu(relative * (values @ weights.T))
        moments = zip(values.square().mean(1).tolist(), values.var(1, correction=0).tolist(), strict=True)
        for scale, (mean_square, variance) in zip(SCALES, moments, strict=True):
            key = {"width": width, "scale": scale, "network": network, "layer": layer}
            yield {**key, "mean_square": mean_square, "variance": variance}


def verdicts(table: pd.DataFrame) -> list[Verdict]:
    """Judge He's initialisation, from the table of this module."""
    depth, width = int(table["layer"].max()), int(table["width"].max())
    keys = ["width", "network", "scale", "layer"]
    squares = table.set_index(keys)["mean_square"].unstack("layer")
    growth = (squares[depth] / squares[0]).unstack("scale")
    spread = np.log(growth[HE]).groupby("width").std()
    expected = [math.sqrt(5 * depth / each) for each in spread.index]
    spreads = ", ".join(
        f"{seen:.2f} at M = {each} (closed form √(5·depth/M) = {law:.2f})"
        for (each, seen), law in zip(spread.items(), expected, strict=True)
    )
    others = [scale for scale in SCALES if scale != HE]
    ratios = pd.concat(growth[scale] / growth[HE] / (scale / HE) ** depth for scale in others)
    last = table[(table["layer"] == depth) & (table["scale"] == HE) & (table["width"] == width)]
    source = f"{BOOK}, section 7.2.5; He et al., arXiv 1502.01852"
    return [
        mean_verdict(
            "Initial weights from N(0, 2/M) keep E z² from layer to layer",
            source,
            f"factor of E z² per layer, geometric mean over {depth} layers of {width} units",
            growth[HE].loc[width] ** (1 / depth),
            "networks",
            f"On average over networks. In one network E z² drifts: ln E z² at the end spreads by {spreads}.",
            above=0.98,
            below=1.02,
        ),
        exact_verdict(
            "Other scales multiply E z² by Mε²/2 a layer",
            source,
            f"largest relative error of E z² after {depth} layers against (Mε²/2)^{depth} times He's",
            (ratios - 1).abs(),
            "networks and scales",
            f"2^−{depth} at ε² = 1/M and 2^{depth} at 4/M; exact, since rectifiers are homogeneous.",
        ),
        mean_verdict(
            "E z², which He's initialisation keeps, is the variance of the activations",
            f"{BOOK}, section 7.2.5",
            "var z / E z² in the last layer",
            last["variance"] / last["mean_square"],
            "networks",
            "It is the second moment: rectified activations have a mean. The variance is 1 − 1/π = 0.682 of "
            "it in every layer but the input's, and so is kept as well.",
            above=0.95,
        ),
    ]
