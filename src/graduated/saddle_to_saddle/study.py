"""The study: stage-wise learning of networks from small weights, against what linear dynamics predict."""

from graduated.saddle_to_saddle.alignment import alignment, exponents, lemma
from graduated.saddle_to_saddle.depth import deep
from graduated.saddle_to_saddle.fast import fast
from graduated.saddle_to_saddle.stages import stages
from graduated.saddle_to_saddle.verdicts import verdicts
from graduated.studies import Findings, Report
from graduated.studies.settings import SaddleToSaddle


def measure(settings: SaddleToSaddle, report: Report) -> Findings:
    """Train linear, tanh and ReLU networks of two layers and linear ones of three from weights of size ε.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``plateaus``, ``stages``, ``slopes`` and ``paths`` (:func:`~.stages.stages`), ``lemma``,
        ``alignment`` and ``exponents`` (:mod:`~.alignment`), ``steps`` and ``descents``
        (:func:`~.fast.fast`), and ``deep`` (:func:`~.depth.deep`).
    """
    report(0.0, "stages")
    tables = stages(settings)
    report(0.3, "alignment")
    tables["lemma"] = lemma(settings)
    tables["alignment"] = alignment(settings)
    tables["exponents"] = exponents(tables["alignment"])
    report(0.6, "fast algorithm")
    tables |= fast(settings)
    report(0.85, "three layers")
    tables["deep"] = deep(settings)
    report(1.0, "done")
    return Findings(tables, verdicts(tables, settings))
