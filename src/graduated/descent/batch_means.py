"""The error of a mini-batch's mean, by enumeration of all mini-batches."""

import pandas as pd
import torch

from graduated.descent import BOOK
from graduated.streams import stream
from graduated.studies import Verdict
from graduated.studies.verdicts import exact_verdict
from graduated.theory.finite_sum import all_batches


def errors(samples: int) -> pd.DataFrame:
    """Enumerate the mini-batches of a small data set.

    Args:
        samples: n.

    Returns:
        Columns replacement, batch_size (N), batches, error (root mean square of the mean's error) and
        predicted: σ/√N, without replacement times √((n − N)/(n − 1)), all in units of σ.
    """
    data = torch.randn(samples, generator=stream(0, "descent_theory/batch_means"), dtype=torch.float64)
    data = (data - data.mean()) / data.std(correction=0)
    rows = []
    for replacement in (True, False):
        for size in range(1, samples + 1):
            means = data[all_batches(samples, size, replacement=replacement)].mean(1)
            factor = 1.0 if replacement else ((samples - size) / (samples - 1)) ** 0.5
            row = {"replacement": replacement, "batch_size": size, "batches": len(means)}
            rows.append(
                {**row, "error": means.square().mean().sqrt().item(), "predicted": factor / size**0.5}
            )
    return pd.DataFrame(rows)


def verdict(table: pd.DataFrame) -> Verdict:
    """Judge the error of a mini-batch's mean, from the table of this module."""
    samples = int(table["batch_size"].max())
    return exact_verdict(
        "The error of a mini-batch's mean is σ/√N",
        f"{BOOK}, section 7.2.4",
        "largest difference from σ/√N, or from σ√((n − N)/(N(n − 1))) without replacement, in units of σ",
        (table["error"] - table["predicted"]).abs(),
        "batch sizes",
        "σ/√N with replacement: 100 times the batch, a tenth of the error. Without, as an epoch draws, it "
        f"is smaller, and 0 at N = n; all mini-batches of n = {samples}.",
    )
