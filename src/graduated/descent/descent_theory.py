"""What gradient descent does to a quadratic, and what momentum, scales and initial weights do to it."""

from graduated.descent import batch_means, batch_norm, contraction, initialisation, inputs, momentum
from graduated.studies import Findings, Report
from graduated.studies.settings import DescentTheory


def measure(settings: DescentTheory, report: Report) -> Findings:
    """Run gradient descent where closed forms say what must come out.

    Args:
        settings: Of the study.
        report: Told the progress.

    Returns:
        Tables ``coefficients``, ``steps``, ``rates`` and ``zigzag`` (``contraction``), ``speeds``
        (``momentum``), ``input_scales`` (``inputs``), ``batch_means``, ``activations``
        (``initialisation``) and ``batch_norm``; columns in the modules' docstrings.
    """
    report(0.0, "quadratics")
    tables = {
        "coefficients": contraction.coefficients(settings),
        "steps": contraction.needed_steps(settings),
        "rates": contraction.rates(settings),
        "zigzag": contraction.zigzag(),
        "speeds": momentum.speeds(settings.momentum),
    }
    report(0.3, "scales of the inputs")
    tables["input_scales"] = inputs.needed_steps(settings)
    tables["batch_means"] = batch_means.errors(settings.samples)
    report(0.5, "initial weights")
    tables["activations"] = initialisation.activations(settings)
    tables["batch_norm"] = batch_norm.residuals()
    report(1.0, "done")
    verdicts = [
        *contraction.verdicts(tables["coefficients"], tables["steps"]),
        *momentum.verdicts(tables["speeds"], settings.momentum),
        *inputs.verdicts(tables["input_scales"]),
        batch_means.verdict(tables["batch_means"]),
        *initialisation.verdicts(tables["activations"]),
        batch_norm.verdict(tables["batch_norm"]),
    ]
    return Findings(tables, verdicts)
